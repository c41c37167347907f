package reference

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Of equal elements the first wins, in both directions. NaN is above every number. Integers are exact.
func TestTopK(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		x              *tensor.Tensor
		k              int64
		smallest       bool
		values, places []float64
	}{
		"largest":  {tensor.Of([]int64{5}, 1.0, 3, 2, 3, 0), 3, false, []float64{3, 3, 2}, []float64{1, 3, 2}},
		"smallest": {tensor.Of([]int64{5}, 1.0, 3, 0, 3, 0), 3, true, []float64{0, 0, 1}, []float64{2, 4, 0}},
		"NaN":      {tensor.Of([]int64{3}, 1.0, nan, math.Inf(1)), 2, false, []float64{nan, math.Inf(1)}, []float64{1, 2}},
		"last NaN": {tensor.Of([]int64{3}, nan, 1.0, 2), 3, true, []float64{1, 2, nan}, []float64{1, 2, 0}},
		"none":     {tensor.Of([]int64{2}, 1.0, 2), 0, false, nil, nil},
		"exact":    {tensor.Of([]int64{2}, int64(1<<53), 1<<53+1), 1, false, []float64{1 << 53}, []float64{1}},
	} {
		var attrs []*graph.Attr
		if c.smallest {
			attrs = append(attrs, graph.IntAttr("largest", 0))
		}
		got, err := evaluate(oneNode(21, "TopK", attrs, 2, c.x, tensor.Of([]int64{1}, c.k)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		equal := func(a, b float64) bool { return a == b || a != a && b != b }
		if !slices.EqualFunc(got[0].Float64s(), c.values, equal) || !slices.Equal(got[1].Float64s(), c.places) {
			t.Errorf("%s: %v at %v", name, got[0].Float64s(), got[1].Float64s())
		}
	}
}

func TestTopKRefuses(t *testing.T) {
	x := tensor.Of([]int64{2, 2}, 1.0, 2, 3, 4)
	for want, m := range map[string]*graph.Model{
		"k is 3, and the axis has 2 elements":  oneNode(21, "TopK", nil, 2, x, tensor.Of([]int64{1}, int64(3))),
		"k is -1, and the axis has 2 elements": oneNode(21, "TopK", nil, 2, x, tensor.Of([]int64{1}, int64(-1))),
		"k is [1 1], not one number":           oneNode(21, "TopK", nil, 2, x, tensor.Of([]int64{2}, int64(1), 1)),
		"k is [], not one number":              oneNode(9, "TopK", nil, 2, x),
		"axis 2 is outside rank 2":             oneNode(9, "TopK", []*graph.Attr{graph.IntAttr("axis", 2), graph.IntAttr("k", 1)}, 2, x),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
