package acdeploy_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// net is a small model under construction: one input, nodes, one output of the input's type.
type net struct {
	*testing.T
	m *graph.Model
	x *graph.Value
}

func newNet(t *testing.T, elem tensor.Type, shape ...int64) net {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = "net"
	typ := graph.Type{Elem: elem, Ranked: true}
	for _, size := range shape {
		typ.Shape = append(typ.Shape, tensor.Dim{Size: size})
	}
	x, err := m.Graph.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	return net{t, m, x}
}

// number is a constant without axes.
func (n net) number(v float32) *graph.Value { return n.constant(tensor.Of(nil, v)) }

func (n net) constant(c *tensor.Tensor) *graph.Value { return n.m.Graph.NewInitializer("c", c) }

// drawn is a constant of that shape with the numbers that next gives.
func (n net) drawn(next func() float64, shape ...int64) *graph.Value {
	count, err := tensor.Count(shape)
	if err != nil {
		n.Fatal(err)
	}
	v := make([]float32, count)
	for i := range v {
		v[i] = float32(next())
	}
	return n.constant(tensor.Of(shape, v...))
}

func (n net) node(op string, in ...*graph.Value) *graph.Value {
	made := graph.NewNode(op, in...)
	made.TakeOutput(n.m.Graph.NewValue(op))
	n.m.Graph.Append(made)
	return made.Output(0)
}

// convolved is a convolution with a square kernel that keeps the size of the image.
func (n net) convolved(w *graph.Value) *graph.Value {
	y := n.node("Conv", n.x, w)
	pad := w.Data().Shape()[2] / 2
	y.Producer().SetAttr(graph.IntsAttr("pads", pad, pad, pad, pad))
	return y
}

func (n net) output(y *graph.Value) *graph.Model {
	y.SetType(n.x.Type())
	n.m.Graph.AddOutput(y)
	return n.m
}

// saved writes a model to a file of that name in a folder of its own.
func saved(t *testing.T, name string, m *graph.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// skipShort leaves out a test that takes long and starts nothing that others do not: -short, and so the race detector, can do without it.
func skipShort(t *testing.T, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip(why + "; -short")
	}
}
