package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestReduce(t *testing.T) {
	examples := map[string]example{
		"all axes":             {13, "ReduceSum", of(numbers(2, 3)), nil, 0},
		"an axis":              {13, "ReduceSum", of(numbers(2, 3, 4), ints(-2)), with(graph.IntAttr("keepdims", 0)), 0},
		"two axes, before":     {11, "ReduceMean", of(numbers(2, 3, 4)), with(graph.IntsAttr("axes", 2, 0)), 0},
		"no axes":              {13, "ReduceSum", of(numbers(2, 3), nil), with(graph.IntAttr("noop_with_empty_axes", 1)), 0},
		"nothing":              {13, "ReduceSum", of(numbers(2, 0), ints(1)), nil, 0},
		"a product of nothing": {13, "ReduceProd", of(numbers(0, 2)), with(graph.IntsAttr("axes", 0)), 0},
		"a number":             {13, "ReduceSum", of(scalar(3)), nil, 0},
	}
	for _, op := range []string{"ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSumExp"} {
		examples[op] = example{11, op, of(numbers(2, 3)), with(graph.IntsAttr("axes", 1)), 0}
	}
	for _, op := range []string{"ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceSumSquare"} {
		examples[op+" of int64"] = example{11, op, of(ints(3, -4, 5)), nil, 0}
	}
	agree(t, examples)
	left(t, map[string]example{
		"no axes":                         {18, "ReduceMean", of(numbers(2, 3), nil), with(graph.IntAttr("noop_with_empty_axes", 1)), 0},
		"a logarithm of a sum below zero": {11, "ReduceLogSum", of(floats(-1, -2)), nil, 0},
		"nothing":                         {13, "ReduceMax", of(numbers(0)), nil, 0},
		"a mean of int64":                 {11, "ReduceMean", of(ints(1, 2)), nil, 0},
		"an axis too many":                {11, "ReduceMean", of(numbers(2)), with(graph.IntsAttr("axes", 1)), 0},
		"an axis twice":                   {11, "ReduceMean", of(numbers(2, 2)), with(graph.IntsAttr("axes", 1, -1)), 0},
		"axes of before 13":               {13, "ReduceSum", of(numbers(2, 2)), with(graph.IntsAttr("axes", 1)), 0},
	})
}
