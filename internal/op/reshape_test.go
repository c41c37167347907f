package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadReshape(t *testing.T) {
	for name, c := range map[string]struct {
		n    *graph.Node
		want op.Reshape
		err  string
	}{
		"an attribute": {node(1, "Reshape", []input{"x"}, ints("shape", 0, -1)), op.Reshape{Sizes: []int64{0, -1}}, ""},
		"an input":     {node(5, "Reshape", []input{"x", []int64{0, -1}}), op.Reshape{Sizes: []int64{0, -1}}, ""},
		"zeros":        {node(14, "Reshape", []input{"x", []int64{0}}, graph.IntAttr("allowzero", 1)), op.Reshape{Sizes: []int64{0}, AllowZero: true}, ""},
		"computed":     {node(5, "Reshape", []input{"x", "y"}), op.Reshape{}, "its shape are computed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadReshape(c.n, op.Constant)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFlattenAxis(t *testing.T) {
	for axis, want := range map[int64]int{0: 0, 1: 1, 3: 3, -1: 2, -3: 0} {
		got, err := op.FlattenAxis(node(13, "Flatten", []input{"x"}, graph.IntAttr("axis", axis)), 3)
		if got != want || err != nil {
			t.Errorf("axis %d is %d: %v", axis, got, err)
		}
	}
	if got, err := op.FlattenAxis(node(13, "Flatten", []input{"x"}), 3); got != 1 || err != nil {
		t.Errorf("the default is %d: %v", got, err)
	}
	_, err := op.FlattenAxis(node(13, "Flatten", []input{"x"}, graph.IntAttr("axis", 4)), 3)
	wantError(t, err, "no axis 4")
}

func TestSqueezeAxes(t *testing.T) {
	axes, given, err := op.SqueezeAxes(node(13, "Squeeze", []input{"x", []int64{-1}}), 3, op.Constant)
	if diff := cmp.Diff([]int{2}, axes); diff != "" || !given || err != nil {
		t.Error(given, err, diff)
	}
	axes, given, err = op.SqueezeAxes(node(11, "Squeeze", []input{"x"}), 3, op.Constant)
	if axes != nil || given || err != nil {
		t.Error(axes, given, err)
	}
	_, _, err = op.SqueezeAxes(node(11, "Squeeze", []input{"x"}, ints("axes", 3)), 3, op.Constant)
	wantError(t, err, "axis 3 is repeated, or is not one")
}

func TestUnsqueezeAxes(t *testing.T) {
	axes, err := op.UnsqueezeAxes(node(13, "Unsqueeze", []input{"x", []int64{0, -1}}), 1, op.Constant)
	if diff := cmp.Diff([]int{0, 2}, axes); diff != "" || err != nil {
		t.Error(err, diff)
	}
	_, err = op.UnsqueezeAxes(node(11, "Unsqueeze", []input{"x"}), 1, op.Constant)
	wantError(t, err, "axes is absent")
	_, err = op.UnsqueezeAxes(node(11, "Unsqueeze", []input{"x"}, ints("axes", 0, 0)), 1, op.Constant)
	wantError(t, err, "axis 0 is repeated, or is not one of the")
}
