package dataset

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestLabels(t *testing.T) {
	row := []int64{3}
	for name, c := range map[string]struct {
		array  []byte
		want   []int64
		reason string // of the remark
		says   string
	}{
		"bytes":          {npztest.Of(row, uint8(2), 0, 255), []int64{2, 0, 255}, "", ""},
		"a_column":       {npztest.Of([]int64{3, 1}, int32(2), 0, -1), []int64{2, 0, -1}, "", ""},
		"float":          {npztest.Of(row, float32(2), 0, 1), []int64{2, 0, 1}, LabelsFloat, "save it as int64"},
		"a_fraction":     {npztest.Of(row, float32(2), 0.5, 1), nil, LabelsNotClasses, "with a fraction"},
		"not_a_number":   {npztest.Of(row, 2, math.NaN(), 1), nil, LabelsNotClasses, "with a fraction"},
		"one_hot":        {npztest.Of([]int64{3, 2}, int64(0), 1, 1, 0, 0, 1), []int64{1, 0, 1}, LabelsOneHot, "numpy.argmax(labels, axis=1)"},
		"one_hot_floats": {npztest.Of([]int64{3, 2}, float32(0), 1, 1, 0, 0, 1), []int64{1, 0, 1}, LabelsOneHot, ""},
		"one_hot_truths": {npztest.Of([]int64{3, 2}, false, true, true, false, false, true), []int64{1, 0, 1}, LabelsOneHot, ""},
		"soft":           {npztest.Of([]int64{3, 2}, float32(0.5), 0.5, 1, 0, 0, 1), nil, LabelsNotClasses, "shape 3,2 and is not one-hot"},
		"no_one":         {npztest.Of([]int64{3, 2}, int64(0), 1, 0, 0, 0, 1), nil, LabelsNotClasses, "not one-hot"},
		"two_ones":       {npztest.Of([]int64{3, 2}, int64(0), 1, 1, 1, 0, 1), nil, LabelsNotClasses, "not one-hot"},
		"masks":          {npztest.Of([]int64{3, 1, 2}, int64(0), 1, 0, 0, 0, 1), nil, LabelsNotClasses, "its shape is 3,1,2"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := labelled(t, c.array)
			if err != nil {
				t.Fatal(err)
			}
			got, array := s.Labels()
			if diff := cmp.Diff(c.want, got); diff != "" || array != "labels" {
				t.Error(array, diff)
			}
			remarks := s.Remarks()
			if c.reason == "" {
				if len(remarks) > 0 {
					t.Errorf("remarks %v", remarks)
				}
				return
			}
			if len(remarks) != 1 || remarks[0].Array != "labels" || remarks[0].Reason != c.reason || !strings.Contains(remarks[0].Detail, c.says) {
				t.Errorf("remarks %v", remarks)
			}
		})
	}
}

// TestLabelsInBatches hands out each label with its sample.
func TestLabelsInBatches(t *testing.T) {
	s, err := labelled(t, npztest.Of([]int64{3, 2}, int8(0), 1, 1, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	var got [][]int64
	for b, err := range s.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b.Labels)
	}
	if diff := cmp.Diff([][]int64{{1, 0}, {1}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		array []byte
		want  string
	}{
		"of_other_length": {npztest.Of([]int64{2}, uint8(1), 2), "labels are one for each of the 3 images"},
		"a_scalar":        {npztest.Of(nil, uint8(1)), "labels are one for each of the 3 images"},
		"of_no_width":     {npztest.Of[uint8]([]int64{3, 0}), "labels are one for each of the 3 images"},
		"past_int64":      {npztest.Of([]int64{3}, uint64(1), 2, 1<<63), "a label past the range of int64"},
		"cut_off":         {npztest.Of([]int64{3}, int64(1), 2, 3)[:140], "shape 3 needs 24 bytes, there are 12"},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := labelled(t, c.array); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, error %v, want %q", s, err, c.want)
			}
		})
	}
}

func labelled(t *testing.T, labels []byte) (*Set, error) {
	t.Helper()
	o := Defaults()
	o.Path, o.Batch = npztest.File(t, map[string][]byte{"images": npztest.Of([]int64{3, 1}, float32(1), 2, 3), "labels": labels}), 2
	return Open(o, []tensor.Spec{image(1)}, nil)
}
