package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

func TestSizesOf(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", -1, 2, 5)
	odd := b.Node("NobodyKnows", []*graph.Value{x})
	known := shapes.Of(b.Graph)
	if got := algebra.SizesOf(known, x); !slices.Equal(got, []int64{-1, 2, 5}) {
		t.Errorf("got %v", got)
	}
	if got := algebra.SizesOf(known, odd); got != nil {
		t.Errorf("an unknown number of axes gives %v", got)
	}
}

func TestCountSizes(t *testing.T) {
	for name, c := range map[string]struct {
		sizes []int64
		want  int64
	}{
		"scalar": {nil, 1}, "image": {[]int64{2, 3, 4}, 24}, "empty": {[]int64{2, 0, 4}, 0},
		"open": {[]int64{2, -1}, -1}, "huge": {[]int64{1 << 32}, -1}, "overflow": {[]int64{1 << 31, 1 << 31, 4}, -1},
	} {
		if got := algebra.CountSizes(c.sizes); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestReshapeTarget(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 3)
	for name, c := range map[string]struct {
		shape *graph.Value
		want  []int64
	}{
		"rest_and_copy": {b.Ints(0, -1), []int64{0, -1}},
		"computed":      {b.Node("Shape", []*graph.Value{x}), nil},
		"scalar":        {b.Ints(), nil},
		"nonsense":      {b.Ints(-2, 3), nil},
	} {
		got, ok := algebra.ReshapeTarget(b.Node("Reshape", []*graph.Value{x, c.shape}).Producer())
		if ok != (c.want != nil) || ok && !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}
