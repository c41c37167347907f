package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestTraining: weight standardisation is a BatchNormalization in training mode over a weight. Its statistics are those
// of its input, and the ones that it is given go on in its other results.
func TestTraining(t *testing.T) {
	training := with(graph.IntAttr("training_mode", 1), graph.FloatAttr("momentum", 0.25))
	agree(t, map[string]example{
		"a weight":        {15, "BatchNormalization", of(numbers(1, 4, 18), floats(1, 2, 3, 4), floats(0, 1, 0, 1), floats(0, 0, 1, 1), floats(1, 1, 2, 2)), training, 3},
		"of two axes":     {14, "BatchNormalization", of(numbers(5, 2), floats(1, 2), floats(0, 1), floats(0, 0), floats(1, 1)), training, 1},
		"in evaluation":   {15, "BatchNormalization", of(numbers(2, 2, 3), floats(-1, 0), floats(0, 1), floats(3, 0), floats(1e-8, 4)), nil, 1},
		"before opset 14": {9, "BatchNormalization", of(numbers(2, 2, 3), floats(-1, 0), floats(0, 1), floats(3, 0), floats(1, 4)), nil, 1},
	})
	left(t, map[string]example{
		"training before opset 7":      {6, "BatchNormalization", of(numbers(2, 2, 3), floats(1, 1), floats(0, 1), floats(3, 0), floats(1, 4)), nil, 1},
		"saved statistics of opset 9":  {9, "BatchNormalization", of(numbers(2, 2, 3), floats(1, 1), floats(0, 1), floats(3, 0), floats(1, 4)), nil, 5},
		"a number for each element":    {7, "BatchNormalization", of(numbers(2, 2), floats(1, 1), floats(0, 1), floats(3, 0), floats(1, 4)), with(graph.IntAttr("spatial", 0)), 1},
		"a list":                       {15, "BatchNormalization", of(numbers(4), floats(1), floats(0), floats(3), floats(1)), nil, 1},
		"parameters of another length": {15, "BatchNormalization", of(numbers(2, 3), floats(1, 1), floats(0, 1), floats(3, 0), floats(1, 4)), nil, 1},
		"a negative variance":          {15, "BatchNormalization", of(numbers(2, 1), floats(1), floats(0), floats(3), floats(-1)), nil, 1},
	})
}

func TestNormalizations(t *testing.T) {
	agree(t, map[string]example{
		"LayerNormalization with its statistics": {17, "LayerNormalization", of(numbers(2, 3, 4), numbers(3, 4)), with(graph.IntAttr("axis", 1)), 3},
		"LayerNormalization of one scale":        {17, "LayerNormalization", of(numbers(2, 3), scalar(2), numbers(3)), nil, 1},
		"InstanceNormalization":                  {6, "InstanceNormalization", of(numbers(2, 3, 4), numbers(3), numbers(3)), nil, 1},
		"LpNormalization of magnitudes":          {1, "LpNormalization", of(numbers(2, 3)), with(graph.IntAttr("p", 1), graph.IntAttr("axis", 0)), 1},
		"LRN of more neighbours than channels":   {13, "LRN", of(numbers(1, 2, 3)), with(graph.IntAttr("size", 9)), 1},
		"MeanVarianceNormalization of an axis":   {13, "MeanVarianceNormalization", of(numbers(2, 5)), with(graph.IntsAttr("axes", 1)), 1},
	})
	left(t, map[string]example{
		"groups that do not divide the channels": {21, "GroupNormalization", of(numbers(1, 3, 2), numbers(3), numbers(3)), with(graph.IntAttr("num_groups", 2)), 1},
		"a scale of another shape":               {17, "LayerNormalization", of(numbers(2, 3), numbers(2)), nil, 1},
		"a scale that is larger":                 {23, "RMSNormalization", of(numbers(3), numbers(2, 3)), nil, 1},
		"zeros divided by their length":          {1, "LpNormalization", of(floats(0, 0)), nil, 1},
		"another norm":                           {1, "LpNormalization", of(numbers(2)), with(graph.IntAttr("p", 3)), 1},
		"integers":                               {23, "RMSNormalization", of(ints(1, 2), ints(1, 2)), nil, 1},
		"an image without pixels":                {6, "InstanceNormalization", of(numbers(2, 3, 0), numbers(3), numbers(3)), nil, 1},
		"an axis too many":                       {23, "RMSNormalization", of(numbers(3), numbers(3)), with(graph.IntAttr("axis", 1)), 1},
		"axes of images":                         {13, "MeanVarianceNormalization", of(numbers(2, 5)), nil, 1},
	})
}
