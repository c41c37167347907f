package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestScatter(t *testing.T) {
	by := func(reduction string) []*graph.Attr { return with(graph.StringAttr("reduction", reduction)) }
	agree(t, map[string]example{
		"adds twice to one place":  {16, "ScatterElements", of(numbers(3), ints(1, 1), floats(2, 3)), by("add"), 0},
		"multiplies rows":          {16, "ScatterND", of(numbers(3, 2), ints2(2, 1, 0, -1), numbers(2, 2)), by("mul"), 0},
		"keeps the larger integer": {18, "ScatterElements", of(ints(1, 5, 3), ints(0, 1), ints(4, 4)), by("max"), 0},
		"replaces an element":      {9, "Scatter", of(numbers(3), ints(1), floats(9)), nil, 0},
	})
	left(t, map[string]example{
		"a reduction of nobody":  {16, "ScatterElements", of(numbers(3), ints(1), floats(2)), by("mean"), 0},
		"an index past the end":  {16, "ScatterElements", of(numbers(3), ints(3), floats(2)), nil, 0},
		"more updates":           {16, "ScatterElements", of(numbers(3), ints(1), floats(2, 3)), nil, 0},
		"rows of another length": {16, "ScatterND", of(numbers(3, 2), ints2(1, 1, 0), numbers(1, 3)), nil, 0},
		"a sum of booleans":      {16, "ScatterElements", of(bools(true), ints(0), bools(true)), by("add"), 0},
	})
}
