package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestIndexing(t *testing.T) {
	axis := func(a int64) []*graph.Attr { return with(graph.IntAttr("axis", a)) }
	at := func(shape []int64, v ...int64) *tensor.Tensor { return tensor.Of(shape, v...) }
	agree(t, map[string]example{
		"Gather":           {13, "Gather", of(numbers(2, 3, 4), at([]int64{2, 1}, -1, 0)), axis(1), 0},
		"Gather of one":    {13, "Gather", of(numbers(3), integer(2)), nil, 0},
		"GatherElements":   {13, "GatherElements", of(numbers(2, 3), at([]int64{1, 3}, 1, 0, -1)), nil, 0},
		"ScatterElements":  {13, "ScatterElements", of(numbers(4, 3), at([]int64{1, 2}, 2, -4), numbers(1, 2)), axis(-2), 0},
		"ScatterND":        {13, "ScatterND", of(numbers(4, 3), at([]int64{2, 1}, 2, -4), numbers(2, 3)), nil, 0},
		"ScatterND at two": {16, "ScatterND", of(numbers(4, 3), at([]int64{1, 2}, 2, 1), floats(9)), with(graph.StringAttr("reduction", "none")), 0},
		"OneHot":           {13, "OneHot", of(ints(0, 2, -1), integer(4), floats(0.5, 3)), nil, 0},
		"OneHot in front":  {13, "OneHot", of(at([]int64{2, 2}, 0, 2, 5, 1), ints(4), floats(0.5, 3)), axis(0), 0},
		"Trilu":            {14, "Trilu", of(numbers(2, 4, 3)), nil, 0},
		"Trilu below":      {14, "Trilu", of(numbers(4, 5), integer(1)), with(graph.IntAttr("upper", 0)), 0},
		"EyeLike":          {13, "EyeLike", of(numbers(3, 4)), with(graph.IntAttr("k", -1)), 0},
		"EyeLike of int64": {13, "EyeLike", of(numbers(3, 4)), with(graph.IntAttr("dtype", int64(tensor.Int64))), 0},
	})
	left(t, map[string]example{
		"a Gather after the end":    {13, "Gather", of(numbers(3), ints(3)), nil, 0},
		"a Gather before the start": {13, "Gather", of(numbers(3), ints(-4)), nil, 0},
		"a Gather of a number":      {13, "Gather", of(scalar(3), ints(0)), nil, 0},
		"elements after the end":    {13, "GatherElements", of(numbers(3), ints(3)), nil, 0},
		"a ScatterND that adds":     {16, "ScatterND", of(numbers(3), at([]int64{1, 1}, 0), floats(1)), with(graph.StringAttr("reduction", "add")), 0},
		"updates of another shape":  {13, "ScatterND", of(numbers(3), at([]int64{1, 1}, 0), floats(1, 2)), nil, 0},
		"a depth of nothing":        {13, "OneHot", of(ints(0), integer(0), floats(0, 1)), nil, 0},
		"a triangle of a list":      {14, "Trilu", of(numbers(3)), nil, 0},
		"an eye of three axes":      {13, "EyeLike", of(numbers(1, 1, 1)), nil, 0},
	})
}
