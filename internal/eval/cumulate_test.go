package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestCumulate(t *testing.T) {
	both := with(graph.IntAttr("exclusive", 1), graph.IntAttr("reverse", 1))
	agree(t, map[string]example{
		"a sum":                       {14, "CumSum", of(numbers(2, 3), integer(1)), nil, 0},
		"of the others, from the end": {14, "CumSum", of(numbers(2, 3), ints(-2)), both, 0},
		"of integers":                 {14, "CumSum", of(ints(3, -4, 5), integer(0)), nil, 0},
		"a product":                   {26, "CumProd", of(numbers(2, 3), integer(0)), both, 0},
	})
	left(t, map[string]example{
		"an absent axis": {14, "CumSum", of(numbers(2), integer(1)), nil, 0},
		"two axes":       {14, "CumSum", of(numbers(2, 3), ints(0, 1)), nil, 0},
	})
}
