package verify

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// net is a graph under construction. What a test asks of it is right by construction, so it ends the test otherwise.
type net struct {
	*testing.T
	g *graph.Graph
}

func newNet(t *testing.T) net {
	t.Helper()
	return net{t, graph.NewModel(8, graph.Opset{Version: 17}).Graph}
}

func (n net) input(name string, elem tensor.Type, shape ...int64) *graph.Value {
	typ := graph.Type{Elem: elem, Ranked: true}
	for _, size := range shape {
		typ.Shape = append(typ.Shape, tensor.Fixed(size))
	}
	v, err := n.g.AddInput(name, typ)
	if err != nil {
		n.Fatal(err)
	}
	return v
}

// floats is a constant that repeats numbers.
func (n net) floats(shape []int64, numbers ...float32) *graph.Value {
	return n.g.NewInitializer("constant", repeated(shape, numbers...))
}

func (n net) ints(numbers ...int64) *graph.Value {
	return n.g.NewInitializer("integers", tensor.Of([]int64{int64(len(numbers))}, numbers...))
}

// node adds a node with one result of that name.
func (n net) node(name, op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	node := graph.NewNode(op, in...)
	node.Name = name + "_node"
	v, err := n.g.AddValue(name)
	if err != nil {
		n.Fatal(err)
	}
	node.TakeOutput(v)
	for _, a := range attrs {
		node.SetAttr(a)
	}
	n.g.Append(node)
	return v
}

// conv is a convolution of two to two channels of a list.
func (n net) conv(name string, x *graph.Value, weights ...float32) *graph.Value {
	return n.node(name, "Conv", []*graph.Value{x, n.floats([]int64{2, 2, 1}, weights...)})
}

func (n net) relu(name string, x *graph.Value) *graph.Value {
	return n.node(name, "Relu", []*graph.Value{x})
}

// body is a graph inside that of n.
func (n net) body(name string) net { return net{n.T, n.g.NewSubgraph(name)} }

// branch is an If whose branches have one result each.
func (n net) branch(name string, condition *graph.Value, then, otherwise net) *graph.Value {
	return n.node(name, "If", []*graph.Value{condition},
		&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: then.g},
		&graph.Attr{Name: "else_branch", Kind: graph.AttrGraph, Graph: otherwise.g})
}

func (n net) model(outputs ...*graph.Value) *graph.Model {
	n.Helper()
	for _, v := range outputs {
		n.g.AddOutput(v)
	}
	if err := n.g.Model().Check(); err != nil {
		n.Fatal(err)
	}
	return n.g.Model()
}

// repeated is a tensor that repeats numbers.
func repeated(shape []int64, numbers ...float32) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]float32, count)
	for i := range list {
		list[i] = numbers[i%len(numbers)]
	}
	return tensor.Of(shape, list...)
}

// setInput gives a node another constant.
func setInput(n *graph.Node, i int, t *tensor.Tensor) {
	n.SetInput(i, n.Graph().NewInitializer("other", t))
}

// without takes a node with one operand out.
func without(v *graph.Value) {
	n := v.Producer()
	graph.ReplaceAllUses(v, n.Input(0))
	n.Graph().Remove(n)
}

// value finds a value of a model, in whatever graph it is.
func value(t *testing.T, m *graph.Model, name string) *graph.Value {
	t.Helper()
	for g := range m.Graph.All() {
		if v := g.Lookup(name); v != nil {
			return v
		}
	}
	t.Fatalf("there is no value %q", name)
	return nil
}

// changed is a clone of a model with a change.
func changed(m *graph.Model, change func(m *graph.Model)) *graph.Model {
	c := m.Clone()
	change(c)
	return c
}

// inputsOf are inputs of a model.
func inputsOf(t *testing.T, m *graph.Model, samples int) []tensor.Map {
	t.Helper()
	var specs []tensor.Spec
	for _, v := range m.Graph.Inputs() {
		specs = append(specs, tensor.Spec{Name: v.Name(), Type: v.Type().Elem, Ranked: true, Shape: slices.Clone(v.Type().Shape)})
	}
	made, err := Generate(backends.Model{Inputs: specs}, samples, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// opened opens a graph in float64.
func opened(t *testing.T, m *graph.Model) Exact {
	t.Helper()
	s, err := ExactBy(reference.OpenPartly)(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// proofOf prepares the comparison of two models.
func proofOf(t *testing.T, m, fused *graph.Model) *RegionProof {
	t.Helper()
	return NewRegionProof(m, fused, opened(t, m), opened(t, fused), (*graph.Value).Origin, 1)
}

// compared is the result of two models over an input and over noise.
func compared(t *testing.T, m, fused *graph.Model) AlgebraResult {
	t.Helper()
	proof := proofOf(t, m, fused)
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	return proof.Result()
}

// generator is the same numbers in every run.
func generator() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
