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
	w, r := numbers(1, 2, 3), numbers(1, 2, 2)
	left(t, map[string]example{
		"a function that jumps":       {14, "RNN", of(numbers(2, 1, 3), w, r), with(&graph.Attr{Name: "activations", Kind: graph.AttrStrings, Strings: []string{"ThresholdedRelu"}}), 0},
		"a sequence of no element":    {14, "RNN", of(numbers(2, 1, 3), w, r, nil, int32s(0)), nil, 0},
		"a sequence that is too long": {14, "RNN", of(numbers(2, 1, 3), w, r, nil, int32s(3)), nil, 0},
		"a weight of two gates":       {14, "GRU", of(numbers(2, 1, 3), w, r), nil, 0},
		"an absent axis":              {14, "CumSum", of(numbers(2), integer(1)), nil, 0},
		"two axes":                    {14, "CumSum", of(numbers(2, 3), ints(0, 1)), nil, 0},
	})
}
