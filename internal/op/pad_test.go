package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// TestReadPad: the same pads in every form that they had.
func TestReadPad(t *testing.T) {
	want := op.Pad{Mode: "constant", Begin: []int64{0, 0, 1, 2}, End: []int64{0, 0, 3, -4}}
	all := []int64{0, 0, 1, 2, 0, 0, 3, -4}
	for name, c := range map[string]struct {
		n    *graph.Node
		err  string
		kind op.Kind
	}{
		"opset 1":            {node(1, "Pad", []input{"x"}, ints("paddings", all...)), "", 0},
		"opset 2":            {node(2, "Pad", []input{"x"}, ints("pads", all...)), "", 0},
		"opset 11":           {node(11, "Pad", []input{"x", all}), "", 0},
		"opset 18":           {node(18, "Pad", []input{"x", []int64{2, 1, -4, 3}, nil, []int64{-1, 2}}), "", 0},
		"computed":           {node(11, "Pad", []input{"x", "pads"}), "its pads are computed", op.Computed},
		"computed axes":      {node(18, "Pad", []input{"x", all, nil, "axes"}), "its axes are computed at run time; export the model with constant folding", op.Computed},
		"for fewer axes":     {node(11, "Pad", []input{"x", []int64{1, 2}}), "it has 2 pads for 4 axes", op.Padding},
		"for an axis twice":  {node(18, "Pad", []input{"x", []int64{2, 1, -4, 3}, nil, []int64{3, -1}}), "axis -1 is repeated, or is not one of the", op.Invalid},
		"more than an image": {node(11, "Pad", []input{"x", []int64{0, 0, 1, op.MaxExtent + 1, 0, 0, 0, 0}}), "more elements than any image", op.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadPad(c.n, 4, op.Constant)
			wantError(t, err, c.err)
			if err != nil {
				if op.KindOf(err) != c.kind {
					t.Errorf("kind %d", op.KindOf(err))
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPadAmounts(t *testing.T) {
	for _, c := range []struct {
		n    *graph.Node
		want []int64
	}{
		{node(1, "Pad", []input{"x"}, ints("paddings", 0, 1)), []int64{0, 1}},
		{node(11, "Pad", []input{"x", []int64{0, 1}}), []int64{0, 1}},
		{node(11, "Pad", []input{"x", "pads"}), nil},
		{node(11, "Pad", []input{"x"}), nil},
	} {
		if diff := cmp.Diff(c.want, op.PadAmounts(c.n, op.Constant)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPadValue(t *testing.T) {
	old := node(2, "Pad", []input{"x"}, ints("pads", 0, 1), graph.FloatAttr("value", 2), graph.StringAttr("mode", "edge"))
	if v, number := op.PadValue(old); v != nil || number != 2 || op.PadMode(old) != "edge" {
		t.Errorf("value %v, %v in mode %s", v, number, op.PadMode(old))
	}
	now := node(11, "Pad", []input{"x", []int64{0, 1}, "value"})
	if v, number := op.PadValue(now); v != now.Input(2) || number != 0 || op.PadMode(now) != "constant" {
		t.Errorf("value %v, %v in mode %s", v, number, op.PadMode(now))
	}
	if mode := op.PadMode(node(11, "Pad", []input{"x"})); mode != "" {
		t.Errorf("a node that cannot be read has mode %q", mode)
	}
}
