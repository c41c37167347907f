package verify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
)

// Agreement is how far two models say the same over data, in the terms of what an output is.
type Agreement struct {
	Output string        `json:"output"` // name of the output
	Kind   AgreementKind `json:"kind"`   // what is compared
	// Value is a share, 1 where all is equal, or the largest difference relative to the output's largest magnitude. It is
	// null where the shapes differ.
	Value Number `json:"value"`
}

// AgreementKind says what is compared.
type AgreementKind string

// The kinds of agreement.
const (
	// AgreeTop1 is the share of samples of the same class: the largest of a row of numbers, or the class number itself.
	AgreeTop1 AgreementKind = "top1"
	// AgreePixels is the share of pixels of the same class, in a map of numbers for each class, or of class numbers.
	AgreePixels AgreementKind = "pixels"
	// AgreeDifference is the largest difference, for everything else.
	AgreeDifference AgreementKind = "largest_difference"
)

// CompareData is [Pair.Compare] over samples of the user's. The check also says how far the outputs agree, by what they are.
// The warnings are of labels that do not seem to belong to the samples.
func (p Pair) CompareData(ctx context.Context, data *dataset.Set) (Check, []Warning, error) {
	c := newComparison(p)
	labels, array := data.Labels()
	agreed := newAgreements(p.Outputs, labels, array)
	for batch, err := range data.Batches() {
		if err != nil {
			return Check{}, nil, err
		}
		before, after, err := c.run(ctx, batch.Inputs)
		if err != nil {
			return Check{}, nil, err
		}
		agreed.add(batch, before, after)
	}
	check := c.check()
	check.Samples = data.Samples()
	check.Top1, check.Agreement = agreed.top1(), agreed.list(check.Outputs)
	return check, agreed.warnings(), nil
}

// agreements gathers how far two models agree, over batches.
type agreements struct {
	outputs []*agreed
	labels  []int64 // of all samples; nil without
	array   string  // that holds them
	voting  *votes  // of the output that is taken for the class; nil where none is
}

// agreed is what two models say in one output.
type agreed struct {
	name         string
	kind         AgreementKind // "" before the first batch
	classes      int           // that a top-1 can be; 0 where it is not known
	each         []int64       // its shape for one sample
	equal, total int
	misshapen    bool
}

func newAgreements(outputs []tensor.Spec, labels []int64, array string) *agreements {
	a := &agreements{labels: labels, array: array}
	for _, spec := range outputs {
		a.outputs = append(a.outputs, &agreed{name: spec.Name})
	}
	return a
}

// add compares one batch. The first decides what an output is.
func (a *agreements) add(b dataset.Batch, before, after tensor.Map) {
	first := len(a.outputs) > 0 && a.outputs[0].kind == ""
	for _, o := range a.outputs {
		if x := before[o.name]; first {
			if o.kind, o.classes = kindOf(x, b.Padded); o.kind != AgreeDifference {
				o.each = x.Shape()[1:]
			}
		}
	}
	if first {
		a.choose()
	}
	for _, o := range a.outputs {
		x, y := before[o.name], after[o.name]
		if o.kind == AgreeDifference {
			continue
		}
		if shape := append([]int64{int64(b.Padded)}, o.each...); !slices.Equal(x.Shape(), shape) || !slices.Equal(y.Shape(), shape) {
			o.misshapen = true
			continue
		}
		was, is := o.numbers(x, b), o.numbers(y, b)
		o.total += len(was)
		for i := range was {
			if was[i] == is[i] {
				o.equal++
			}
		}
		if a.voting != nil && a.voting.output == o.name {
			a.voting.count(b, was, is)
		}
	}
}

// choose takes the first output of classes for the one that labels are of, one that has as many classes as the labels
// name if there is one.
func (a *agreements) choose() {
	var chosen *agreed
	for _, o := range a.outputs {
		if o.kind == AgreeTop1 && (chosen == nil || !a.fits(chosen) && a.fits(o)) {
			chosen = o
		}
	}
	if chosen != nil {
		a.voting = &votes{output: chosen.name, classes: chosen.classes, labelled: a.labels != nil}
	}
}

// fits reports whether an output has the classes that the labels name, which may count from 1.
func (a *agreements) fits(o *agreed) bool {
	return a.labels == nil || o.classes == 0 || slices.Max(a.labels) <= int64(o.classes)
}

func (a *agreements) top1() *Top1 {
	if a.voting == nil || a.voting.samples == 0 {
		return nil
	}
	return a.voting.top1()
}

// list is how far each output agrees. Differences are those that a check has found.
func (a *agreements) list(outputs []Output) []Agreement {
	var list []Agreement
	for i, o := range a.outputs {
		value := outputs[i].MaxRel
		switch {
		case o.misshapen:
			value = Number(math.NaN())
		case o.kind != AgreeDifference:
			value = Number(float64(o.equal) / float64(o.total))
		}
		list = append(list, Agreement{o.name, o.kind, value})
	}
	return list
}

// warnings are of the labels.
func (a *agreements) warnings() []Warning {
	switch {
	case a.labels == nil:
		return nil
	case a.voting == nil:
		return []Warning{{a.array, "labels_not_used", "no output gives one class for each image, so accuracy is not computed"}}
	}
	return a.voting.warnings(a.array, slices.Max(a.labels))
}

// numbers are the classes of each sample, or of each pixel.
func (o *agreed) numbers(t *tensor.Tensor, b dataset.Batch) []int64 {
	if t.Type().IsFloat() {
		return argmax(t, b.Rows)
	}
	list := t.Float64s()
	list = list[:len(list)/b.Padded*b.Rows]
	numbers := make([]int64, len(list))
	for i, v := range list {
		numbers[i] = int64(v)
	}
	return numbers
}

// kindOf says what an output of n samples is, and how many classes it has if it gives one of them a number each.
func kindOf(t *tensor.Tensor, n int) (kind AgreementKind, classes int) {
	if t == nil || t.Rank() == 0 || t.Shape()[0] != int64(n) || t.Len() == 0 {
		return AgreeDifference, 0
	}
	each := int64(t.Len()) / t.Shape()[0] // numbers for each sample
	integer := t.Type().IsInteger()
	switch {
	case integer && each == 1:
		return AgreeTop1, 0
	case (integer || t.Type() == tensor.Bool) && (t.Rank() == 3 || t.Rank() == 4 && t.Shape()[1] == 1):
		return AgreePixels, 0
	case !t.Type().IsFloat() || t.Rank() < 2 || t.Shape()[1] < 2:
		return AgreeDifference, 0
	case each == t.Shape()[1] && !isEmbedding(t):
		return AgreeTop1, int(each)
	case t.Rank() == 4 && each > t.Shape()[1]:
		return AgreePixels, 0
	}
	return AgreeDifference, 0
}

// isEmbedding reports whether the rows of t are vectors of length 1, some numbers below zero, so that the largest number
// of a row is no class.
func isEmbedding(t *tensor.Tensor) bool {
	values := t.Float64s()
	width := int(t.Shape()[1])
	negative := false
	for row := range slices.Chunk(values, width) {
		sum := 0.0
		for _, v := range row {
			sum += v * v
			negative = negative || v < 0
		}
		if !(math.Abs(sum-1) < 1e-2) {
			return false
		}
	}
	return negative
}

// argmax is the place of the largest element along the second axis for each place of the others, in the first n samples:
// the first of equal ones. NaN is no largest element.
func argmax(t *tensor.Tensor, n int) []int64 {
	width := int(t.Shape()[1])
	values := t.Float64s()
	each := len(values) / int(t.Shape()[0])
	places := each / width
	best := make([]int64, n*places)
	for sample := range n {
		of := values[sample*each : (sample+1)*each]
		for place := range places {
			largest := math.Inf(-1)
			for i := range width {
				if v := of[i*places+place]; v > largest {
					largest, best[sample*places+place] = v, int64(i)
				}
			}
		}
	}
	return best
}

// String says how far two models agree: "99.98 % of pixels equal".
func (a Agreement) String() string {
	switch {
	case math.IsNaN(float64(a.Value)):
		return "not comparable"
	case a.Kind == AgreeDifference:
		return fmt.Sprintf("differ by %.1e", float64(a.Value))
	case a.Kind == AgreePixels:
		return fmt.Sprintf("%.4g %% of pixels equal", 100*float64(a.Value))
	}
	return fmt.Sprintf("%.4g %% of classes equal", 100*float64(a.Value))
}

// Top1 is what two models say the images show, the class of the largest value or the class number that is an output.
type Top1 struct {
	Output    string `json:"output"`    // name of the output
	Samples   int    `json:"samples"`   // number of samples
	Before    Number `json:"before"`    // share of the labels that the first model finds; null without labels
	After     Number `json:"after"`     // the same of the second
	Agreement Number `json:"agreement"` // share of the images to which both answer the same
	Changed   []int  `json:"changed"`   // the other images, by their place in the data, from 0
}

// votes counts what two models say of the images.
type votes struct {
	output        string
	classes       int // 0 where it is not known
	samples       int
	labelled      bool
	before, after int    // labels found
	shifted       [2]int // labels that the first model would find if they were one less, and one more
	changed       []int
}

// count counts the classes of one batch.
func (v *votes) count(b dataset.Batch, before, after []int64) {
	for i := range b.Rows {
		if before[i] != after[i] {
			v.changed = append(v.changed, b.First+i)
		}
		if b.Labels == nil {
			continue
		}
		switch before[i] - b.Labels[i] {
		case 0:
			v.before++
		case -1:
			v.shifted[0]++
		case 1:
			v.shifted[1]++
		}
		if after[i] == b.Labels[i] {
			v.after++
		}
	}
	v.samples += b.Rows
}

func (v *votes) top1() *Top1 {
	t := &Top1{
		Output: v.output, Samples: v.samples,
		Before: Number(math.NaN()), After: Number(math.NaN()), Changed: v.changed,
	}
	if t.Changed == nil {
		t.Changed = []int{}
	}
	t.Agreement = v.share(v.samples - len(v.changed))
	if v.labelled {
		t.Before, t.After = v.share(v.before), v.share(v.after)
	}
	return t
}

func (v *votes) share(n int) Number { return Number(float64(n) / float64(v.samples)) }

// enoughSamples are those from which an accuracy says something.
const enoughSamples = 30

// warnings are of labels that do not seem to be those of the images: their numbers are off by one, go past the classes, or
// have nothing to do with what the models say.
func (v *votes) warnings(array string, largest int64) []Warning {
	classes := v.classes
	if classes == 0 {
		classes = int(min(largest, math.MaxInt32)) + 1
	}
	if v.samples >= enoughSamples {
		for i, where := range []string{"less", "more"} {
			if n := v.shifted[i]; n > 2*v.before && float64(v.share(n-v.before)) > 0.2 {
				return []Warning{{array, "labels_off_by_one", fmt.Sprintf(
					"accuracy is %s, and would be %s if each label were one %s: the classes of output %q count from 0", percent(v.share(v.before)), percent(v.share(n)), where, v.output)}}
			}
		}
	}
	switch {
	case largest >= int64(classes):
		return []Warning{{array, "labels_out_of_range", fmt.Sprintf("a label is %d, and output %q has the classes 0 to %d", largest, v.output, classes-1)}}
	case v.samples >= enoughSamples && v.byChance(v.before, classes) && v.byChance(v.after, classes):
		return []Warning{{v.output, "accuracy_at_chance", fmt.Sprintf(
			"accuracy is %s before and %s after, which is guessing among %d classes: see whether the labels are those of the images, and whether the images are prepared as in training",
			percent(v.share(v.before)), percent(v.share(v.after)), classes)}}
	}
	return nil
}

// byChance reports whether guessing would find as many labels.
func (v *votes) byChance(found, classes int) bool {
	chance := 1 / float64(classes)
	luck := 3 * math.Sqrt(chance*(1-chance)/float64(v.samples))
	return float64(v.share(found)) <= min(1.5*chance, chance+luck)
}

func percent(share Number) string { return fmt.Sprintf("%.4g %%", 100*float64(share)) }
