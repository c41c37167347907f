package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestAxisConstant(t *testing.T) {
	image := algebra.Axis{Front: 1, Back: 2, Channels: 2}
	for name, c := range map[string]struct {
		axis  algebra.Axis
		shape []int64
		want  []float64
	}{
		"channels": {image, []int64{2, 1, 1}, []float64{1, 2}}, "one": {image, []int64{1}, []float64{1, 1}},
		"width": {image, []int64{2}, nil}, "map": {image, []int64{2, 2, 1}, nil}, "more_axes": {image, []int64{1, 1, 1, 1, 1}, nil},
	} {
		count, _ := tensor.Count(c.shape)
		got, ok := c.axis.Constant(tensor.Of(c.shape, []float32{1, 2, 3, 4}[:count]...))
		if ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

func TestAxisRanked(t *testing.T) {
	if image := (algebra.Axis{Front: 1, Back: 2}); !image.Ranked() || image.LeastRank() != 4 {
		t.Errorf("an image has %d axes", image.LeastRank())
	}
	if last := (algebra.Axis{Front: -1}); last.Ranked() || last.LeastRank() != 1 {
		t.Errorf("a value with a last axis has %d", last.LeastRank())
	}
}

// TestCollapsed takes one row of a constant whose rows are equal, where the image has as many.
func TestCollapsed(t *testing.T) {
	b := graphtest.New(17)
	c := tensor.Of([]int64{2, 3}, float32(5), 5, 5, 7, 7, 7)
	if got := algebra.Collapsed(c, b.Input("x", 1, 2, 3), shapes.Of(b.Graph)); !slices.Equal(got.Shape(), []int64{2, 1}) || !slices.Equal(got.Float64s(), []float64{5, 7}) {
		t.Errorf("shape %v", got.Shape())
	}
	if got := algebra.Collapsed(c, b.Input("y", 1, 2, -1), shapes.Of(b.Graph)); !slices.Equal(got.Shape(), c.Shape()) {
		t.Errorf("of an open size it becomes %v", got.Shape())
	}
}
