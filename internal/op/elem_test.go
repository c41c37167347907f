package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestElem(t *testing.T) {
	double := tensor.Of([]int64{1}, 1.0)
	code := func(name string, t tensor.Type) *graph.Attr { return graph.IntAttr(name, int64(t)) }
	value := func(t *tensor.Tensor) *graph.Attr { return graph.TensorAttr("value", t) }
	// The input that is computed is of a type that is not known.
	for name, c := range map[string]struct {
		n      *graph.Node
		result int
		want   tensor.Type
	}{
		"that of the input":             {node(13, "Relu", []input{double}), 0, tensor.Float64},
		"not known":                     {node(13, "Relu", []input{"x"}), 0, tensor.Undefined},
		"that of another operand":       {node(13, "Where", []input{"x", "x", double}), 0, tensor.Float64},
		"one for all":                   {node(13, "Shape", []input{double}), 0, tensor.Int64},
		"bool":                          {node(13, "Equal", []input{double, double}), 0, tensor.Bool},
		"to":                            {node(13, "Cast", []input{double}, code("to", tensor.Int32)), 0, tensor.Int32},
		"to, as text":                   {node(1, "Cast", []input{double}, graph.StringAttr("to", "INT32")), 0, tensor.Int32},
		"the type of the second":        {node(15, "CastLike", []input{"x", double}), 0, tensor.Float64},
		"dtype":                         {node(13, "EyeLike", []input{double}, code("dtype", tensor.Int64)), 0, tensor.Int64},
		"without dtype":                 {node(13, "EyeLike", []input{double}), 0, tensor.Float64},
		"a default":                     {node(13, "Multinomial", []input{double}), 0, tensor.Int32},
		"a mask":                        {node(13, "Dropout", []input{double}), 1, tensor.Bool},
		"a mask of before":              {node(7, "Dropout", []input{double}), 1, tensor.Float64},
		"parts":                         {node(13, "Split", []input{double}), 5, tensor.Float64},
		"a result too many":             {node(13, "Relu", []input{double}), 1, tensor.Undefined},
		"of a fill":                     {node(13, "ConstantOfShape", []input{"x"}, value(double)), 0, tensor.Float64},
		"of a fill of zeros":            {node(13, "ConstantOfShape", []input{"x"}), 0, tensor.Float32},
		"of a cast of bits":             {node(26, "BitCast", []input{double}, code("to", tensor.Int64)), 0, tensor.Int64},
		"like another":                  {node(22, "RandomNormalLike", []input{double}), 0, tensor.Float64},
		"quantised":                     {node(13, "QuantizeLinear", []input{double, double}), 0, tensor.Uint8},
		"quantised to":                  {node(21, "QuantizeLinear", []input{double, double}, code("output_dtype", tensor.Int16)), 0, tensor.Int16},
		"of a scale":                    {node(24, "DequantizeLinear", []input{"x", double}), 0, tensor.Float64},
		"of a constant":                 {node(13, "Constant", nil, value(double)), 0, tensor.Float64},
		"of a constant number":          {node(13, "Constant", nil, graph.FloatAttr("value_float", 1)), 0, tensor.Float32},
		"of a constant list":            {node(13, "Constant", nil, ints("value_ints", 1)), 0, tensor.Int64},
		"of a constant text":            {node(13, "Constant", nil, graph.StringAttr("value_string", "")), 0, tensor.String},
		"of a sparse constant":          {node(13, "Constant", nil, &graph.Attr{Name: "sparse_value", Kind: graph.AttrSparseTensor, Extra: message{10, ""}}), 0, tensor.Float16},
		"of a constant of nobody knows": {node(13, "Constant", nil), 0, tensor.Undefined},
		"of a branch":                   {node(13, "If", []input{"x"}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph}, &graph.Attr{Name: "else_branch", Kind: graph.AttrGraph}), 0, tensor.Undefined},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := op.Of(c.n)
			if err != nil {
				t.Fatal(err)
			}
			got := n.Type(c.result, func(v *graph.Value) op.Type {
				if t := v.Constant(); t != nil {
					return op.Type{Elem: t.Type()}
				}
				return op.Type{}
			})
			if got.Elem != c.want || got.In != "" {
				t.Errorf("%v, want %s", got, c.want)
			}
		})
	}
}

// message is a reader's own, as the one of package onnx.
type message struct {
	elem int32
	in   string
}

func (m message) Contents() (int32, string) { return m.elem, m.in }

// TestEmptyOptional: an Optional without an input says what it would hold.
func TestEmptyOptional(t *testing.T) {
	n, err := op.Of(node(15, "Optional", nil, &graph.Attr{Name: "type", Kind: graph.AttrTypeProto, Extra: message{10, "s"}}))
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Type(0, nil); got != (op.Type{Elem: tensor.Float16, In: "os"}) {
		t.Errorf("got %v", got)
	}
}
