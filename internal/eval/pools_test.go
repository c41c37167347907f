package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestPools(t *testing.T) {
	kernel := func(attrs ...*graph.Attr) []*graph.Attr {
		return append(with(graph.IntsAttr("kernel_shape", 2, 3)), attrs...)
	}
	same := graph.StringAttr("auto_pad", "SAME_LOWER")
	agree(t, map[string]example{
		"MaxPool with its places":  {12, "MaxPool", of(numbers(2, 2, 4, 5)), kernel(graph.IntsAttr("dilations", 2, 1)), 2},
		"MaxPool of the same size": {12, "MaxPool", of(numbers(1, 1, 4, 5)), kernel(same), 1},
		"AveragePool":              {11, "AveragePool", of(numbers(1, 2, 4, 5)), kernel(graph.IntsAttr("pads", 1, 1, 0, 2)), 1},
		"AveragePool of zeros too": {11, "AveragePool", of(numbers(1, 2, 4, 5)), kernel(graph.IntsAttr("pads", 1, 1, 0, 2), graph.IntAttr("count_include_pad", 1)), 1},
		"LpPool":                   {11, "LpPool", of(numbers(1, 2, 4, 5)), kernel(), 1},
		"another norm":             {11, "LpPool", of(numbers(1, 1, 4, 5)), kernel(graph.IntAttr("p", 3)), 1},
		"a window past the image":  {19, "AveragePool", of(numbers(1, 1, 4)), with(graph.IntsAttr("kernel_shape", 3), graph.IntsAttr("strides", 2), graph.IntAttr("ceil_mode", 1)), 1},
		"GlobalAveragePool":        {11, "GlobalAveragePool", of(numbers(2, 2, 4, 5)), nil, 1},
		"GlobalMaxPool":            {11, "GlobalMaxPool", of(numbers(2, 2, 4)), nil, 1},
	})
	left(t, map[string]example{
		"places in another shape":  {11, "MaxUnpool", of(numbers(1, 1, 2), tensor.Of([]int64{1, 1, 2}, int64(0), int64(3)), ints(1, 1, 5)), with(graph.IntsAttr("kernel_shape", 2), graph.IntsAttr("strides", 2)), 1},
		"a place outside":          {11, "MaxUnpool", of(numbers(1, 1, 2), tensor.Of([]int64{1, 1, 2}, int64(0), int64(4))), with(graph.IntsAttr("kernel_shape", 2), graph.IntsAttr("strides", 2)), 1},
		"places column by column":  {12, "MaxPool", of(numbers(1, 1, 4, 5)), kernel(graph.IntAttr("storage_order", 1)), 2},
		"no norm":                  {11, "LpPool", of(numbers(1, 1, 4, 5)), kernel(graph.IntAttr("p", 0)), 1},
		"zeros past the pads":      {19, "AveragePool", of(numbers(1, 1, 4)), with(graph.IntsAttr("kernel_shape", 3), graph.IntsAttr("strides", 2), graph.IntAttr("ceil_mode", 1), graph.IntAttr("count_include_pad", 1)), 1},
		"a kernel of fewer axes":   {11, "AveragePool", of(numbers(1, 1, 4)), kernel(), 1},
		"a pool of whole numbers":  {11, "AveragePool", of(ints(1, 2)), kernel(), 1},
		"a pool of an empty image": {11, "GlobalAveragePool", of(numbers(1, 1, 0)), nil, 1},
	})
}
