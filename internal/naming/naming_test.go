package naming_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/naming"
	"github.com/acdeploy/acdeploy/tensor"
)

// named is what the values of a model in these tests are called.
type named struct{ x, first, second, left, right, y, axes, inner string }

func usual() named { return named{"x", "w1", "w2", "a", "b", "y", "axes", "in"} }

// build is a Conv, an If around the same Conv with other weights, a sum of both, and a Squeeze. swapped has the two Convs the other way
// round, which do not depend on each other.
func build(t *testing.T, n named, swapped bool) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput(n.x, graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	initializer := func(name string, data *tensor.Tensor) *graph.Value {
		v, err := m.Graph.AddInitializer(name, data)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	node := func(g *graph.Graph, name, op string, in ...*graph.Value) *graph.Node {
		made := graph.NewNode(op, in...)
		v, err := g.AddValue(name)
		if err != nil {
			t.Fatal(err)
		}
		made.TakeOutput(v)
		return made
	}
	first, second := initializer(n.first, tensor.Of([]int64{1, 1, 1}, float32(2))), initializer(n.second, tensor.Of([]int64{1, 1, 1}, float32(3)))
	axes := initializer(n.axes, tensor.Of([]int64{1}, int64(1)))
	left := node(m.Graph, n.left, "Conv", x, first)
	body := m.Graph.NewSubgraph("body")
	inner := node(body, n.inner, "Conv", x, second)
	body.Append(inner)
	body.AddOutput(inner.Output(0))
	right := node(m.Graph, n.right, "If", x)
	right.SetAttr(&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: body})
	if swapped {
		m.Graph.Append(right)
		m.Graph.Append(left)
	} else {
		m.Graph.Append(left)
		m.Graph.Append(right)
	}
	sum := node(m.Graph, n.left+n.right, "Add", left.Output(0), right.Output(0))
	m.Graph.Append(sum)
	squeezed := node(m.Graph, n.y, "Squeeze", sum.Output(0), axes)
	m.Graph.Append(squeezed)
	m.Graph.AddOutput(squeezed.Output(0))
	return m
}

func TestAs(t *testing.T) {
	others := named{"x", "w2", "w1", "b", "a", "y", "number", "a"} // with exchanged names, and one that is used twice
	file, m := build(t, others, true), build(t, usual(), false)
	if !naming.As(file, m) {
		t.Fatal("the same graph is not found to be that")
	}
	for name, want := range map[string]float64{"w2": 2, "w1": 3} {
		if v := m.Graph.Lookup(name); v == nil || v.Data().Float64s()[0] != want {
			t.Errorf("%s is not the weight of %g", name, want)
		}
	}
	for name, op := range map[string]string{"b": "Conv", "a": "If", "ba": "Add", "y": "Squeeze"} {
		if v := m.Graph.Lookup(name); v == nil || v.Producer().OpType != op {
			t.Errorf("%s is not the result of the %s", name, op)
		}
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

// TestAnotherGraph leaves a model as it is that the file does not hold.
func TestAnotherGraph(t *testing.T) {
	producer := func(m *graph.Model, name string) *graph.Node { return m.Graph.Lookup(name).Producer() }
	for name, edit := range map[string]func(file *graph.Model){
		"another input":    func(m *graph.Model) { m.Graph.Lookup("x").Rename("image") },
		"another output":   func(m *graph.Model) { m.Graph.Lookup("y").Rename("z") },
		"another operator": func(m *graph.Model) { producer(m, "a").OpType = "ConvTranspose" },
		"an operator in a body": func(m *graph.Model) {
			m.Graph.Lookup("b").Producer().Attrs()[0].Graph.Outputs()[0].Producer().OpType = "Gemm"
		},
		"another shape":             func(m *graph.Model) { m.Graph.Lookup("w1").SetData(tensor.Of([]int64{1}, float32(2))) },
		"other integers":            func(m *graph.Model) { m.Graph.Lookup("axes").SetData(tensor.Of([]int64{1}, int64(2))) },
		"another edge":              func(m *graph.Model) { producer(m, "ab").SetInput(1, m.Graph.Lookup("a")) },
		"a weight that is shared":   func(m *graph.Model) { producer(m, "a").SetInput(1, m.Graph.Lookup("w2")) },
		"one input more":            func(m *graph.Model) { producer(m, "a").AddInput(m.Graph.Lookup("w2")) },
		"one node more":             func(m *graph.Model) { m.Graph.Append(graph.NewNode("Relu", m.Graph.Lookup("x"))) },
		"another name of attribute": func(m *graph.Model) { producer(m, "b").Attrs()[0].Name = "else_branch" },
	} {
		t.Run(name, func(t *testing.T) {
			others := usual()
			others.first, others.inner = "w1", "other"
			file, m := build(t, others, false), build(t, usual(), false)
			edit(file)
			if naming.As(file, m) {
				t.Error("another graph is taken for the same")
			}
			if v := m.Graph.Lookup("a"); v == nil || m.Graph.Lookup("w1") == nil || v.Producer().OpType != "Conv" {
				t.Error("the model is another now")
			}
		})
	}
}
