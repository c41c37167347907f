package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestSoftmax(t *testing.T) {
	axis := func(a int64) []*graph.Attr { return with(graph.IntAttr("axis", a)) }
	agree(t, map[string]example{
		"the last axis":         {13, "Softmax", of(numbers(2, 3, 4)), nil, 0},
		"an axis":               {13, "Softmax", of(numbers(2, 3, 4)), axis(1), 0},
		"all from the second":   {11, "Softmax", of(numbers(2, 3, 4)), nil, 0},
		"all from the last but": {11, "LogSoftmax", of(numbers(2, 3, 4)), axis(-2), 0},
		"its logarithm":         {13, "LogSoftmax", of(numbers(2, 3, 4)), axis(0), 0},
	})
	left(t, map[string]example{
		"a position outside": {23, "RotaryEmbedding", of(numbers(1, 1, 1, 2), numbers(3, 1), numbers(3, 1), tensor.Of([]int64{1, 1}, int64(3))), nil, 0},
		"a class outside":    {13, "NegativeLogLikelihoodLoss", of(numbers(1, 2), ints(2)), nil, 0},
		"an axis too many":   {13, "Softmax", of(numbers(2)), axis(1), 0},
		"integers":           {13, "Softmax", of(ints(1, 2)), nil, 0},
	})
}
