package eval_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestOrder(t *testing.T) {
	last := with(graph.IntAttr("select_last_index", 1))
	agree(t, map[string]example{
		"the first of equal ones":         {13, "ArgMax", of(floats(1, 3, 3)), nil, 0},
		"the last of equal ones":          {13, "ArgMax", of(floats(1, 3, 3)), last, 0},
		"the smallest integer":            {13, "ArgMin", of(ints(4, -2, 7)), with(graph.IntAttr("keepdims", 0)), 0},
		"TopK with equal ones":            {11, "TopK", of(floats(2, 1, 2, 1), ints(3)), nil, 2},
		"the smallest with equal ones":    {11, "TopK", of(floats(2, 1, 2, 1), ints(3)), with(graph.IntAttr("largest", 0)), 2},
		"TopK by an attribute":            {1, "TopK", of(floats(2, 1, 3)), with(graph.IntAttr("k", 2)), 2},
		"none of them":                    {11, "TopK", of(floats(2, 1, 3), ints(0)), nil, 2},
		"Hardmax of all from the second":  {11, "Hardmax", of(numbers(2, 3, 2)), nil, 0},
		"Unique of slices":                {11, "Unique", of(tensor.Of([]int64{3, 2}, 1, 0, 1, 0, 0, float32(5))), with(graph.IntAttr("axis", 0)), 4},
		"Unique in order of appearance":   {11, "Unique", of(floats(3, 1, 3, 2, 1)), with(graph.IntAttr("sorted", 0)), 4},
		"Unique of integers":              {11, "Unique", of(ints(3, 1, 3)), nil, 4},
		"the largest of unsigned numbers": {13, "ArgMax", of(tensor.Of([]int64{3}, uint8(1), 255, 3)), nil, 0},
	})
	boxes := tensor.Of([]int64{1, 3, 4}, []float32{0, 0, 2, 2, 0, 1, 2, 3, 4, 4, 5, 5}...) // the first two have a third in common
	scores := func(v ...float32) *tensor.Tensor { return tensor.Of([]int64{1, 1, 3}, v...) }
	agree(t, map[string]example{
		"boxes by their centres":    {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), scalar(0.3)), with(graph.IntAttr("center_point_box", 1)), 0},
		"boxes below the threshold": {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), scalar(0.34)), nil, 0},
		"boxes above the threshold": {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), scalar(0.32)), nil, 0},
	})
	left(t, map[string]example{
		"an overlap at the threshold": {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), scalar(1./3)), nil, 0},
		"boxes of equal scores":       {11, "NonMaxSuppression", of(boxes, scores(1, 2, 2), integer(3), scalar(0.5)), nil, 0},
		"corners that are rounded": {11, "NonMaxSuppression", of(tensor.Of([]int64{1, 2, 4}, []float32{10000, 0, 0.999, 1, 10000.5, 0, 0.999, 1}...),
			tensor.Of([]int64{1, 1, 2}, float32(2), 1), integer(2), scalar(0.3327)), with(graph.IntAttr("center_point_box", 1)), 0},
		"a box of a negative size": {11, "NonMaxSuppression", of(tensor.Of([]int64{1, 2, 4}, []float32{0, 0, -2, 2, 0.125, 0, 2, 2}...),
			tensor.Of([]int64{1, 1, 2}, float32(2), 1), integer(2), scalar(0.3)), with(graph.IntAttr("center_point_box", 1)), 0},
		"two thresholds":       {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), floats(0.5, 0.5)), nil, 0},
		"no threshold":         {11, "NonMaxSuppression", of(boxes, scores(1, 2, 3), integer(3), floats()), nil, 0},
		"not a number":         {13, "ArgMax", of(floats(float32(math.NaN()), 1)), nil, 0},
		"more than there are":  {11, "TopK", of(floats(2, 1), ints(3)), nil, 2},
		"in no order":          {11, "TopK", of(floats(2, 1), ints(1)), with(graph.IntAttr("sorted", 0)), 2},
		"of an absent axis":    {13, "ArgMax", of(floats(2, 1)), with(graph.IntAttr("axis", 1)), 0},
		"of nothing":           {13, "ArgMax", of(numbers(0)), nil, 0},
		"Hardmax of integers":  {13, "Hardmax", of(ints(1, 2)), nil, 0},
		"Unique along no axis": {11, "Unique", of(floats(1)), with(graph.IntAttr("axis", 3)), 4},
	})
}

// TestManyEqual: among equal elements the first comes first, of however many.
func TestManyEqual(t *testing.T) {
	list := make([]float32, 100)
	for i := range list {
		list[i] = float32(i % 3)
	}
	agree(t, map[string]example{
		"TopK":   {11, "TopK", of(floats(list...), ints(60)), nil, 2},
		"Unique": {11, "Unique", of(floats(list...)), with(graph.IntAttr("sorted", 0)), 4},
	})
}

// TestEmptyLines takes no time for lines without elements, however many there would be.
func TestEmptyLines(t *testing.T) {
	x := tensor.Of[float32]([]int64{1 << 40, 0})
	for name, c := range map[string]example{
		"CumSum": {14, "CumSum", of(x, integer(1)), nil, 0},
		"TopK":   {11, "TopK", of(x, ints(0)), nil, 2},
		"LRN":    {13, "LRN", of(x), with(graph.IntAttr("size", 3)), 0},
	} {
		m, n := c.build()
		if got, _, ok := evaluator(m).Result(n, 0); ok && got.Len() != 0 {
			t.Errorf("%s: %v", name, got.Float64s())
		}
	}
}
