package reference

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Updates of one place follow one another: they take its place, or are joined to it. Integers wrap.
func TestScatter(t *testing.T) {
	for _, c := range []struct {
		reduction string
		want      []float64
	}{
		{"none", []float64{1, 7, 3}},
		{"add", []float64{1, 14, 3}},
		{"mul", []float64{1, 70, 3}},
		{"max", []float64{1, 7, 3}},
		{"min", []float64{1, 2, 3}},
	} {
		attrs := []*graph.Attr{graph.StringAttr("reduction", c.reduction)}
		x, updates := tensor.Of([]int64{3}, float32(1), 2, 3), tensor.Of([]int64{2}, float32(5), 7)
		for op, indices := range map[string]*tensor.Tensor{
			"ScatterElements": tensor.Of([]int64{2}, int64(1), -2),
			"ScatterND":       tensor.Of([]int64{2, 1}, int64(1), -2),
		} {
			got, err := evaluate(oneNode(18, op, attrs, 1, x, indices, updates))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got[0].Float64s(), c.want) {
				t.Errorf("%s %s: got %v, want %v", op, c.reduction, got[0].Float64s(), c.want)
			}
		}
	}
	x, updates := tensor.Of([]int64{1}, int8(100)), tensor.Of([]int64{1}, int8(100))
	got, err := evaluate(oneNode(18, "ScatterElements", []*graph.Attr{graph.StringAttr("reduction", "add")}, 1, x, tensor.Of([]int64{1}, int64(0)), updates))
	if err != nil || got[0].Float64s()[0] != -56 {
		t.Errorf("100 + 100 in int8 is %v, %v", got, err)
	}
}
