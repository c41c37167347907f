package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// net builds models node by node.
type net struct {
	*testing.T
	*graph.Model
}

func newNet(t *testing.T) net {
	t.Helper()
	return net{t, graph.NewModel(8, graph.Opset{Version: 17})}
}

func (n net) input(name string) *graph.Value {
	n.Helper()
	v, err := n.Graph.AddInput(name, graph.Type{})
	if err != nil {
		n.Fatal(err)
	}
	return v
}

// weight is an initializer of ones.
func (n net) weight(shape ...int64) *graph.Value {
	count, _ := tensor.Count(shape)
	ones := make([]float32, count)
	for i := range ones {
		ones[i] = 1
	}
	return n.Graph.NewInitializer("w", tensor.Of(shape, ones...))
}

// node appends a node and returns its result, which has the name of the node.
func (n net) node(name, op string, inputs []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	n.Helper()
	made := graph.NewNode(op, inputs...)
	made.Name = name
	for _, a := range attrs {
		made.AddAttr(a)
	}
	v := n.Graph.NewValue(name)
	if err := made.AddOutput(v); err != nil {
		n.Fatal(err)
	}
	n.Graph.Append(made)
	return v
}

// conv appends a convolution with a batch normalisation and returns the result of that.
func (n net) conv(name string, x *graph.Value, weight ...int64) *graph.Value {
	n.Helper()
	c := n.node(name, "Conv", []*graph.Value{x, n.weight(weight...)})
	s := n.weight(weight[0])
	return n.node(name+".bn", "BatchNormalization", []*graph.Value{c, s, s, s, s})
}

// TestListLayers reads what is said of layers, wherever the shape of the weight stands.
func TestListLayers(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	handed := n.node("handed", "Identity", []*graph.Value{n.weight(4, 1, 3, 3)})
	constant := n.node("constant", "Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{2, 5}, make([]float32, 10)...)))
	v := n.node("grouped", "Conv", []*graph.Value{x, handed}, graph.IntAttr("group", 4), graph.IntsAttr("strides", 2, 1))
	v = n.node("norm", "BatchNormalization", []*graph.Value{v, n.weight(4), n.weight(4), n.weight(4), n.weight(4)})
	v = n.node("relu", "Relu", []*graph.Value{v})
	v = n.node("up", "ConvTranspose", []*graph.Value{v, n.weight(4, 3, 2, 2)}, graph.IntsAttr("strides", 1, 1))
	v = n.node("gemm", "Gemm", []*graph.Value{v, n.weight(7, 2)}, graph.IntAttr("transB", 1))
	v = n.node("product", "MatMul", []*graph.Value{v, constant})
	n.Graph.AddOutput(n.node("computed", "Conv", []*graph.Value{v, n.node("w2", "Relu", []*graph.Value{x})}, graph.IntsAttr("kernel_shape", 5, 5)))
	want := []Layer{
		{Name: "grouped", OpType: "Conv", KernelShape: []int64{3, 3}, Strides: []int64{2, 1}, Group: 4, InChannels: 4, OutChannels: 4},
		{Name: "norm", OpType: "BatchNormalization", InChannels: 4, OutChannels: 4},
		{Name: "up", OpType: "ConvTranspose", KernelShape: []int64{2, 2}, InChannels: 4, OutChannels: 3},
		{Name: "gemm", OpType: "Gemm", InChannels: 2, OutChannels: 7},
		{Name: "product", OpType: "MatMul", InChannels: 2, OutChannels: 5},
		{Name: "computed", OpType: "Conv", KernelShape: []int64{5, 5}},
	}
	if diff := cmp.Diff(want, ListLayers(n.Model)); diff != "" {
		t.Error(diff)
	}
}

// TestListLayersBlock tells the branches of a block from other layers that are added up: those read other values.
func TestListLayersBlock(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a, b := n.conv("a", x, 4, 4, 3, 3), n.conv("b", x, 4, 4, 1, 1)
	after := n.conv("after", n.node("relu", "Relu", []*graph.Value{n.node("sum", "Add", []*graph.Value{a, b})}), 4, 4, 3, 3)
	n.Graph.AddOutput(n.node("residual", "Add", []*graph.Value{after, n.conv("shortcut", x, 4, 4, 1, 1)}))
	for _, l := range ListLayers(n.Model) {
		want := map[string]string{"a": "sum", "b": "sum"}[l.Name]
		if l.Block != want {
			t.Errorf("%s is of block %q, want %q", l.Name, l.Block, want)
		}
	}
}
