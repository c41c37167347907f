package verify

import (
	"errors"
	"math"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
)

// Top1 is what two models say the images show, the class of the largest value.
type Top1 struct {
	Output    string `json:"output"`
	Samples   int    `json:"samples"`
	Before    Number `json:"before"`    // share of the labels that the first model finds; null without labels
	After     Number `json:"after"`     // the same of the second
	Agreement Number `json:"agreement"` // share of the images to which both answer the same
	Changed   []int  `json:"changed"`   // the other images, by their place in the data, from 0
}

// votes counts what two models say of the images.
type votes struct {
	output        string
	samples       int
	labelled      bool
	before, after int // labels found
	changed       []int
}

var errNoClasses = errors.New("no output gives one row of classes for each image")

func (v *votes) count(outputs []tensor.Spec, b dataset.Batch, before, after tensor.Map) error {
	if v.output == "" {
		for _, spec := range outputs {
			if isClasses(before[spec.Name], b.Padded) && isClasses(after[spec.Name], b.Padded) {
				v.output = spec.Name
				break
			}
		}
	}
	first, second := before[v.output], after[v.output]
	if !isClasses(first, b.Padded) || !isClasses(second, b.Padded) {
		return errNoClasses
	}
	x, y := argmax(first, b.Rows), argmax(second, b.Rows)
	for i := range b.Rows {
		if x[i] != y[i] {
			v.changed = append(v.changed, b.First+i)
		}
		if b.Labels == nil {
			continue
		}
		v.labelled = true
		if x[i] == b.Labels[i] {
			v.before++
		}
		if y[i] == b.Labels[i] {
			v.after++
		}
	}
	v.samples += b.Rows
	return nil
}

// isClasses reports whether t has a row of numbers for each of n images: [n, classes], or more axes
// of size 1.
func isClasses(t *tensor.Tensor, n int) bool {
	if t == nil || t.Rank() < 2 || t.Shape()[0] != int64(n) || t.Shape()[1] < 2 || !t.Type().IsFloat() {
		return false
	}
	return int64(t.Len()) == t.Shape()[0]*t.Shape()[1]
}

// argmax is the place of the largest element in each of the first n rows, the first of equal ones;
// NaN is no largest element.
func argmax(t *tensor.Tensor, n int) []int64 {
	width := int(t.Shape()[1])
	values := t.Float64s()
	best := make([]int64, n)
	for r := range n {
		largest := math.Inf(-1)
		for i, v := range values[r*width : (r+1)*width] {
			if v > largest {
				largest, best[r] = v, int64(i)
			}
		}
	}
	return best
}

func (v *votes) top1() *Top1 {
	t := &Top1{
		Output: v.output, Samples: v.samples,
		Before: Number(math.NaN()), After: Number(math.NaN()), Changed: v.changed,
	}
	if t.Changed == nil {
		t.Changed = []int{}
	}
	share := func(n int) Number { return Number(float64(n) / float64(v.samples)) }
	t.Agreement = share(v.samples - len(v.changed))
	if v.labelled {
		t.Before, t.After = share(v.before), share(v.after)
	}
	return t
}
