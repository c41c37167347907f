package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadReduce(t *testing.T) {
	noop := graph.IntAttr("noop_with_empty_axes", 1)
	all := []int{0, 1, 2}
	for name, c := range map[string]struct {
		n    *graph.Node
		axes []int
		keep bool
		err  string
	}{
		"all":                  {node(11, "ReduceSum", []input{"x"}), all, true, ""},
		"an attribute":         {node(11, "ReduceSum", []input{"x"}, ints("axes", -1, 0)), []int{2, 0}, true, ""},
		"an input":             {node(13, "ReduceSum", []input{"x", []int64{1}}, graph.IntAttr("keepdims", 0)), []int{1}, false, ""},
		"an input since 18":    {node(18, "ReduceMean", []input{"x", []int64{1}}), []int{1}, true, ""},
		"an attribute till 17": {node(17, "ReduceMean", []input{"x"}, ints("axes", 1)), []int{1}, true, ""},
		"nothing":              {node(13, "ReduceSum", []input{"x"}, noop), []int{}, true, ""},
		"an empty list":        {node(13, "ReduceSum", []input{"x", []int64{}}), all, true, ""},
		"nothing of the list":  {node(13, "ReduceSum", []input{"x", []int64{}}, noop), []int{}, true, ""},
		"computed":             {node(13, "ReduceSum", []input{"x", "y"}), nil, true, "its axes are computed at run time; export the model with constant folding"},
		"twice":                {node(13, "ReduceSum", []input{"x", []int64{1, -2}}), nil, true, "axis -2 is repeated, or is not one of the"},
		"an attribute now":     {node(13, "ReduceSum", []input{"x"}, ints("axes", 1)), nil, true, "which opset 13 does not have"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadReduce(c.n, 3, op.Constant)
			wantError(t, err, c.err)
			if diff := cmp.Diff(op.Reduce{Axes: c.axes, KeepDims: c.keep}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
