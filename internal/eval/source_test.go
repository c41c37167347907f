package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestSource(t *testing.T) {
	agree(t, map[string]example{
		"Range":              {11, "Range", of(integer(2), integer(11), integer(3)), nil, 0},
		"Range downwards":    {11, "Range", of(integer(5), integer(-3), integer(-2)), nil, 0},
		"Range of int32":     {11, "Range", of(tensor.Of(nil, int32(1)), tensor.Of(nil, int32(4)), tensor.Of(nil, int32(1))), nil, 0},
		"Range of floats":    {11, "Range", of(scalar(0.25), scalar(2), scalar(0.5)), nil, 0},
		"ConstantOfShape":    {13, "ConstantOfShape", of(ints(2, 3)), with(graph.TensorAttr("value", ints(7))), 0},
		"a window":           {17, "HannWindow", of(integer(8)), nil, 0},
		"a symmetric window": {17, "BlackmanWindow", of(integer(7)), with(graph.IntAttr("periodic", 0)), 0},
	})
	agree(t, map[string]example{
		"a grid":        {20, "AffineGrid", of(numbers(2, 2, 3), ints(2, 1, 3, 4)), nil, 0},
		"of corners":    {20, "AffineGrid", of(numbers(1, 2, 3), ints(1, 1, 3, 2)), with(graph.IntAttr("align_corners", 1)), 0},
		"of three axes": {20, "AffineGrid", of(numbers(2, 3, 4), ints(2, 1, 2, 3, 4)), nil, 0},
	})
	left(t, map[string]example{
		"one side of too many":     {17, "DFT", of(numbers(1, 4, 2), integer(4)), with(graph.IntAttr("inverse", 1), graph.IntAttr("onesided", 1)), 0},
		"one side of too few":      {20, "DFT", of(numbers(1, 2, 2), integer(4)), with(graph.IntAttr("inverse", 1), graph.IntAttr("onesided", 1)), 0},
		"one side of real numbers": {17, "DFT", of(numbers(1, 3, 1)), with(graph.IntAttr("inverse", 1), graph.IntAttr("onesided", 1)), 0},
		"DFT of parts":             {17, "DFT", of(numbers(1, 4, 2)), with(graph.IntAttr("axis", 2)), 0},
		"a frame that is too long": {17, "STFT", of(numbers(1, 4, 1), integer(1), nil, integer(5)), nil, 0},
		"a grid of another batch":  {20, "AffineGrid", of(numbers(1, 2, 3), ints(2, 1, 3, 4)), nil, 0},
		"a grid of the one corner": {20, "AffineGrid", of(numbers(1, 2, 3), ints(1, 1, 1, 2)), with(graph.IntAttr("align_corners", 1)), 0},
	})
	left(t, map[string]example{
		"a Range whose end is rounded": {11, "Range", of(scalar(0), scalar(1), scalar(0.1)), nil, 0},
		"a Range without a step":       {11, "Range", of(scalar(0), scalar(1), scalar(0)), nil, 0},
		"a window of one":              {17, "HannWindow", of(integer(1)), nil, 0},
	})
}
