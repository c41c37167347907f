package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestSamples: places between elements, and those that are too near to where a result jumps.
func TestSamples(t *testing.T) {
	mode := func(mode, padding string) []*graph.Attr {
		return with(graph.StringAttr("mode", mode), graph.StringAttr("padding_mode", padding))
	}
	at := func(v ...float32) *tensor.Tensor { return tensor.Of([]int64{1, int64(len(v)), 1}, v...) }
	roi := func(size float32) []*tensor.Tensor {
		return of(numbers(1, 1, 4, 4), tensor.Of([]int64{1, 4}, 0.5, 0.5, 0.5+size, 3), ints(0))
	}
	agree(t, map[string]example{
		"far outside":             {20, "GridSample", of(numbers(1, 2, 4), at(-9, 9)), mode("cubic", "reflection"), 0},
		"the nearest":             {20, "GridSample", of(numbers(1, 2, 4), at(-0.7, 0.1, 3.1)), mode("nearest", "zeros"), 0},
		"an image of one pixel":   {20, "GridSample", of(numbers(1, 2, 1), at(-3, 0.2)), mode("linear", "reflection"), 0},
		"samples in their number": {16, "RoiAlign", roi(2.5), with(graph.IntAttr("output_height", 3), graph.IntAttr("output_width", 2)), 0},
	})
	left(t, map[string]example{
		"halfway":                    {20, "GridSample", of(numbers(1, 2, 4), at(0)), mode("nearest", "zeros"), 0},
		"nearly halfway":             {20, "GridSample", of(numbers(1, 2, 4), at(1e-4)), mode("nearest", "zeros"), 0},
		"further than float32":       {20, "GridSample", of(numbers(1, 2, 4), at(1e6)), mode("nearest", "border"), 0},
		"a mode of nobody":           {20, "GridSample", of(numbers(1, 2, 4), at(0)), mode("nearby", "zeros"), 0},
		"a grid of other images":     {20, "GridSample", of(numbers(2, 2, 4), at(0)), mode("linear", "zeros"), 0},
		"a whole number of samples":  {16, "RoiAlign", roi(2), with(graph.IntAttr("output_width", 2)), 0},
		"a sample at the border":     {10, "RoiAlign", of(numbers(1, 1, 4, 4), tensor.Of([]int64{1, 4}, float32(3.5), 0, 4.5, 1), ints(0)), with(graph.IntAttr("sampling_ratio", 1)), 0},
		"the largest sample":         {16, "RoiAlign", roi(2.5), with(graph.StringAttr("mode", "max")), 0},
		"an image that is not there": {16, "RoiAlign", append(roi(2.5)[:2], ints(1)), nil, 0},
		"offsets of another size":    {19, "DeformConv", of(numbers(1, 1, 3, 3), numbers(1, 1, 2, 2), numbers(1, 8, 2, 1)), nil, 0},
	})
}
