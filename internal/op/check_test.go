package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// zeros is a tensor of that shape.
func zeros(shape ...int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	return tensor.Of(shape, make([]float32, count)...)
}

func TestCheck(t *testing.T) {
	conv := func(weight, bias input, attrs ...*graph.Attr) *graph.Node {
		return node(13, "Conv", []input{"x", weight, bias}, attrs...)
	}
	for name, c := range map[string]struct {
		n    *graph.Node
		want string
	}{
		"plain":             {conv(zeros(4, 1, 3, 3), zeros(4), ints("pads", 1, 1, 1, 1), ints("strides", 2, 2)), ""},
		"another operator":  {node(13, "Relu", nil), ""},
		"a computed weight": {conv("w", nil, ints("kernel_shape", 1)), ""},
		"no weight":         {conv(nil, nil), "node Conv: Conv needs an input and a weight"},
		"a matrix":          {conv(zeros(4, 1), nil), `weight "tensor" has 2 axes`},
		"another kernel":    {conv(zeros(4, 1, 2, 2), nil, ints("kernel_shape", 3, 3)), `kernel_shape is [3 3], weight "tensor" has kernel [2 2]`},
		"a shorter kernel":  {conv(zeros(4, 1, 2, 2), nil, ints("kernel_shape", 2)), "kernel_shape is [2]"},
		"group":             {conv(zeros(3, 1, 1), nil, graph.IntAttr("group", 2)), "group 2 does not divide the 3 output channels"},
		"no group":          {conv(zeros(3, 1, 1), nil, graph.IntAttr("group", 0)), "group 0 does not divide"},
		"bias":              {conv(zeros(3, 1, 1), zeros(2)), `bias "tensor_1" has shape [2], weight "tensor" has 3 output channels`},
		"strides":           {conv(zeros(1, 1, 1), nil, ints("strides", 1, 1)), "strides has 2 numbers for 1 spatial axes"},
		"dilations":         {conv(zeros(1, 1, 1), nil, ints("dilations", 0)), "dilations holds 0, it has to be positive"},
		"pads":              {conv(zeros(1, 1, 1), nil, ints("pads", 1)), "pads has 1 numbers for 1 spatial axes"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, op.Check(c.n.Graph()), c.want) })
	}
}

// TestCheckOfTheGraph: the rules of the graph are checked too.
func TestCheckOfTheGraph(t *testing.T) {
	n := node(13, "Relu", nil)
	n.Graph().Append(graph.NewNode(""))
	wantError(t, op.Check(n.Graph()), "has no operator type")
}
