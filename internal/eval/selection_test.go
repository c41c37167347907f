package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestSelection(t *testing.T) {
	block := func(size int64) []*graph.Attr { return with(graph.IntAttr("blocksize", size)) }
	agree(t, map[string]example{
		"Compress of all elements":      {11, "Compress", of(numbers(2, 3), bools(true, false, true)), nil, 0},
		"Compress to nothing":           {11, "Compress", of(numbers(2, 3), bools(false, false)), nil, 0},
		"Compress by a short condition": {11, "Compress", of(numbers(2, 3), bools(false, true)), with(graph.IntAttr("axis", -1)), 0},
		"NonZero of booleans":           {13, "NonZero", of(tensor.Of([]int64{2, 2}, true, false, false, true)), nil, 0},
		"NonZero of zeros":              {13, "NonZero", of(floats(0, 0)), nil, 0},
		"GatherND of slices":            {13, "GatherND", of(numbers(2, 3, 2), ints2(2, 1, 1, -2)), nil, 0},
		"a sequence turned round":       {10, "ReverseSequence", of(numbers(3, 2), ints(3, 2)), nil, 0},
		"DepthToSpace before modes":     {10, "DepthToSpace", of(numbers(1, 4, 1, 2)), block(2), 0},
		"SpaceToDepth":                  {13, "SpaceToDepth", of(numbers(1, 1, 4, 2)), block(2), 0},
	})
	left(t, map[string]example{
		"a condition that is longer":  {11, "Compress", of(numbers(2), bools(false, true, true)), with(graph.IntAttr("axis", 0)), 0},
		"NonZero of a number":         {13, "NonZero", of(scalar(1)), nil, 0},
		"GatherND past the end":       {13, "GatherND", of(numbers(2, 3), ints2(1, 1, 2)), nil, 0},
		"a sequence of another batch": {10, "ReverseSequence", of(numbers(3, 2), ints(3)), nil, 0},
		"a sequence that is longer":   {10, "ReverseSequence", of(numbers(3, 2), ints(4, 1)), nil, 0},
		"channels that do not divide": {13, "DepthToSpace", of(numbers(1, 3, 1, 2)), block(2), 0},
		"pixels that do not divide":   {13, "SpaceToDepth", of(numbers(1, 3, 3, 2)), block(2), 0},
	})
}
