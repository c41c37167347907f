package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestConvolution(t *testing.T) {
	agree(t, map[string]example{
		"ConvTranspose": {11, "ConvTranspose", of(numbers(2, 4, 3, 2), numbers(4, 3, 2, 3), numbers(6)), with(
			graph.IntAttr("group", 2), graph.IntsAttr("pads", 1, 0, 0, 1), graph.IntsAttr("strides", 2, 1), graph.IntsAttr("dilations", 1, 2)), 0},
		"with a row more":  {11, "ConvTranspose", of(numbers(1, 1, 3), numbers(1, 1, 2)), with(graph.IntsAttr("strides", 2), graph.IntsAttr("output_padding", 1)), 0},
		"of a given size":  {11, "ConvTranspose", of(numbers(1, 1, 3), numbers(1, 1, 2)), with(graph.IntsAttr("output_shape", 4)), 0},
		"of the same size": {11, "ConvTranspose", of(numbers(1, 1, 3), numbers(1, 1, 3)), with(graph.StringAttr("auto_pad", "SAME_UPPER")), 0},
		"of a larger size": {11, "ConvTranspose", of(numbers(1, 1, 3), numbers(1, 1, 2)), with(graph.IntsAttr("output_shape", 7)), 0},
		"of an odd pad":    {11, "ConvTranspose", of(numbers(1, 1, 3), numbers(1, 1, 2)), with(graph.IntsAttr("output_shape", 3)), 0},
		"Conv in 3-d":      {11, "Conv", of(numbers(1, 2, 3, 3, 3), numbers(3, 2, 2, 1, 3)), nil, 0},
	})
	left(t, map[string]example{
		"a transposed one of other channels": {11, "ConvTranspose", of(numbers(1, 2, 3), numbers(3, 1, 2)), nil, 0},
		"Col2Im of other blocks":             {18, "Col2Im", of(numbers(1, 4, 5), ints(3, 3), ints(2, 2)), nil, 0},
		"Col2Im of a block that is no part":  {18, "Col2Im", of(numbers(1, 3, 4), ints(3, 3), ints(2, 2)), nil, 0},
		"of integers":                        {11, "Conv", of(ints2(1, 1, 2), ints2(1, 1, 2)), nil, 0},
	})
}
