package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestAttention(t *testing.T) {
	image := func() *tensor.Tensor { return numbers(1, 1, 2, 2) }
	flat := func() *tensor.Tensor { return numbers(2, 3, 4) }
	two := with(graph.IntAttr("q_num_heads", 2), graph.IntAttr("kv_num_heads", 2))
	agree(t, map[string]example{
		"queries that see no later key": {23, "Attention", of(image(), image(), image()), with(graph.IntAttr("is_causal", 1)), 4},
		"heads in the last axis":        {23, "Attention", of(flat(), flat(), flat()), two, 4},
		"keys that came before":         {23, "Attention", of(image(), image(), image(), nil, numbers(1, 1, 3, 2), numbers(1, 1, 3, 2)), with(graph.IntAttr("is_causal", 1)), 4},
		"keys that end":                 {24, "Attention", of(flat(), flat(), flat(), nil, nil, nil, ints(1, 3)), two, 4},
	})
	left(t, map[string]example{
		"a query that sees nothing":  {23, "Attention", of(image(), image(), image(), tensor.Of([]int64{2, 2}, false, false, true, true)), nil, 0},
		"a mask of a single number":  {23, "Attention", of(image(), image(), image(), scalar(1)), nil, 0},
		"heads that share no others": {23, "Attention", of(numbers(1, 3, 2, 2), numbers(1, 2, 2, 2), numbers(1, 2, 2, 2)), nil, 0},
		"heads that do not divide":   {23, "Attention", of(flat(), flat(), flat()), with(graph.IntAttr("q_num_heads", 3), graph.IntAttr("kv_num_heads", 3)), 0},
		"a past of the values alone": {23, "Attention", of(image(), image(), image(), nil, nil, numbers(1, 1, 3, 2)), nil, 0},
		"more keys than there are":   {24, "Attention", of(flat(), flat(), flat(), nil, nil, nil, ints(1, 4)), two, 0},
	})
}
