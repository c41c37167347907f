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
		"updates of another shape":  {13, "ScatterND", of(numbers(3), at([]int64{1, 1}, 0), floats(1, 2)), nil, 0},
		"a depth of nothing":        {13, "OneHot", of(ints(0), integer(0), floats(0, 1)), nil, 0},
		"a triangle of a list":      {14, "Trilu", of(numbers(3)), nil, 0},
		"an eye of three axes":      {13, "EyeLike", of(numbers(1, 1, 1)), nil, 0},
	})
}

// TestIndexingEdges: what an absent attribute or operand means, and what does not fit.
func TestIndexingEdges(t *testing.T) {
	at := func(shape []int64, v ...int64) *tensor.Tensor { return tensor.Of(shape, v...) }
	agree(t, map[string]example{
		"one hot of a matrix":          {17, "OneHot", of(at([]int64{2, 2}, 0, 1, 2, 1), ints(3), floats(0.5, 3)), nil, 0},
		"more elements than there are": {17, "GatherElements", of(numbers(3, 2), at([]int64{4, 1}, 0, 2, 2, 1)), nil, 0},
		"eye":                          {17, "EyeLike", of(numbers(3, 4)), nil, 0},
		"eye below":                    {17, "EyeLike", of(numbers(3, 4)), with(graph.IntAttr("k", -1)), 0},
		"one hot on the last axis":     {17, "OneHot", of(ints(0, 2, -1), ints(4), floats(0.5, 3)), nil, 0},
		"one hot of depth one":         {17, "OneHot", of(ints(0, 1), ints(1), floats(0.5, 3)), nil, 0},
		"one hot between axes":         {17, "OneHot", of(at([]int64{2, 2}, 0, 1, 2, 1), ints(3), floats(0.5, 3)), with(graph.IntAttr("axis", 1)), 0},
		"scatter of elements":          {17, "ScatterND", of(numbers(3, 2), at([]int64{3, 2}, 0, 1, 2, 0, -2, -1), numbers(3)), nil, 0},
		"scatter of blocks":            {17, "ScatterND", of(numbers(3, 2, 2), at([]int64{2, 1}, 0, 2), numbers(2, 2, 2)), nil, 0},
		"elements of the first axis":   {17, "GatherElements", of(numbers(3, 2), at([]int64{2, 2}, 0, 2, -1, 1)), nil, 0},
		"elements of all columns":      {17, "ScatterElements", of(numbers(3, 2), at([]int64{1, 2}, 0, 2), numbers(1, 2)), nil, 0},
		"triangle far below":           {17, "Trilu", of(numbers(3, 3), integer(-2)), nil, 0},
	})
	left(t, map[string]example{
		"eye of three axes":          {17, "EyeLike", of(numbers(3, 4, 2)), nil, 0},
		"one hot on an absent axis":  {17, "OneHot", of(ints(0, 2), ints(4), floats(0.5, 3)), with(graph.IntAttr("axis", 2)), 0},
		"one hot of two depths":      {17, "OneHot", of(ints(0, 2), ints(4, 4), floats(0.5, 3)), nil, 0},
		"one hot of three values":    {17, "OneHot", of(ints(0, 2), ints(4), floats(0.5, 3, 1)), nil, 0},
		"one hot of no depth":        {17, "OneHot", of(ints(0, 2), ints(0), floats(0.5, 3)), nil, 0},
		"scatter after the end":      {17, "ScatterND", of(numbers(3, 2), at([]int64{1, 1}, 3), numbers(1, 2)), nil, 0},
		"scatter before the start":   {17, "ScatterND", of(numbers(3, 2), at([]int64{1, 1}, -4), numbers(1, 2)), nil, 0},
		"scatter of too many axes":   {17, "ScatterND", of(numbers(3, 2), at([]int64{1, 3}, 0, 0, 0), numbers(1)), nil, 0},
		"scatter of other updates":   {17, "ScatterND", of(numbers(3, 2), at([]int64{1, 1}, 0), numbers(2, 2)), nil, 0},
		"scatter by a number":        {17, "ScatterND", of(numbers(3, 2), integer(1), numbers(2)), nil, 0},
		"elements of more columns":   {17, "GatherElements", of(numbers(3, 2), at([]int64{1, 3}, 0, 2, 1)), nil, 0},
		"elements after the end":     {17, "GatherElements", of(numbers(3, 2), at([]int64{1, 1}, 3)), nil, 0},
		"elements before the start":  {17, "GatherElements", of(numbers(3, 2), at([]int64{1, 1}, -4)), nil, 0},
		"elements of an absent axis": {17, "GatherElements", of(numbers(3, 2), at([]int64{1, 1}, 0)), with(graph.IntAttr("axis", 2)), 0},
		"elements of other updates":  {17, "ScatterElements", of(numbers(3, 2), at([]int64{1, 2}, 0, 1), numbers(1, 1)), nil, 0},
		"triangle of a vector":       {17, "Trilu", of(numbers(3)), nil, 0},
		"triangle by two numbers":    {17, "Trilu", of(numbers(3, 3), ints(0, 1)), nil, 0},
	})
}
