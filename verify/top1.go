package verify

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/dataset"
)

// Top1 is what two models say the images show, the class of the largest value or the class number that is an output.
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
func (v *votes) warnings(largest int64) []Warning {
	classes := v.classes
	if classes == 0 {
		classes = int(min(largest, math.MaxInt32)) + 1
	}
	if v.samples >= enoughSamples {
		for i, where := range []string{"less", "more"} {
			if n := v.shifted[i]; n > 2*v.before && float64(v.share(n-v.before)) > 0.2 {
				return []Warning{{labelsArray, "labels_off_by_one", fmt.Sprintf(
					"accuracy is %s, and would be %s if each label were one %s: the classes of output %q count from 0", percent(v.share(v.before)), percent(v.share(n)), where, v.output)}}
			}
		}
	}
	switch {
	case largest >= int64(classes):
		return []Warning{{labelsArray, "labels_out_of_range", fmt.Sprintf("a label is %d, and output %q has the classes 0 to %d", largest, v.output, classes-1)}}
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
