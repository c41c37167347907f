package passtest

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// copier copies nodes within a model. A value that it has no copy of stands for itself: copies read the same inputs, and
// the weights that are meant to be shared.
type copier map[*graph.Value]*graph.Value

// of is the copy of a value, or the value itself.
func (c copier) of(v *graph.Value) *graph.Value {
	if now, ok := c[v]; ok {
		return now
	}
	return v
}

// nodes appends copies of the nodes of a graph to another one of the same model.
func (c copier) nodes(from, to *graph.Graph) {
	var list []*graph.Node
	for n := range from.Nodes() { // the two may be the same
		list = append(list, n)
	}
	for _, n := range list {
		to.Append(c.node(n, to))
	}
}

func (c copier) node(old *graph.Node, to *graph.Graph) *graph.Node {
	n := graph.NewNode(old.OpType)
	n.Domain, n.Overload, n.Doc = old.Domain, old.Overload, old.Doc
	if old.Name != "" {
		n.Name = to.FreshNodeName(old.Name)
	}
	for _, v := range old.Inputs() {
		n.AddInput(c.of(v))
	}
	for _, a := range old.Attrs() {
		n.AddAttr(c.attr(a, to))
	}
	for i := range old.NumOutputs() {
		var now *graph.Value
		if v := old.Output(i); v != nil {
			now = to.NewValue(v.Name())
			now.SetType(v.Type())
			c[v] = now
		}
		if err := n.AddOutput(now); err != nil {
			panic(err) // the value is new, so that it has no producer
		}
	}
	return n
}

func (c copier) attr(old *graph.Attr, around *graph.Graph) *graph.Attr {
	if old.Graph == nil && old.Graphs == nil {
		return old
	}
	now := *old
	if old.Graph != nil {
		now.Graph = c.subgraph(old.Graph, around)
	}
	now.Graphs = nil
	for _, sub := range old.Graphs {
		now.Graphs = append(now.Graphs, c.subgraph(sub, around))
	}
	return &now
}

func (c copier) subgraph(old, around *graph.Graph) *graph.Graph {
	g := around.NewSubgraph(old.Name)
	for _, v := range old.Inputs() {
		in, err := g.AddInput(g.FreshName(v.Name()), v.Type())
		if err != nil {
			panic(err) // the name is free
		}
		c[v] = in
	}
	c.initializers(old, g, as)
	c.nodes(old, g)
	for _, v := range old.Outputs() {
		g.AddOutput(c.of(v))
	}
	return g
}

// initializers gives a graph copies of the constants of another one, with their numbers changed.
func (c copier) initializers(from, to *graph.Graph, change func(t *tensor.Tensor) *tensor.Tensor) {
	var list []*graph.Value
	for v := range from.Initializers() {
		list = append(list, v)
	}
	for _, v := range list {
		c[v] = to.NewInitializer(v.Name(), change(v.Data()))
	}
}

// as leaves numbers as they are.
func as(t *tensor.Tensor) *tensor.Tensor { return t }

// backward has floating-point numbers in reverse order: a copy of a pattern is the same pattern, and computes something
// else wherever that is possible.
func backward(t *tensor.Tensor) *tensor.Tensor {
	if t == nil || !t.Type().IsFloat() {
		return t
	}
	numbers := tensor.Vector(t.Float64s())
	slices.Reverse(numbers)
	return rounded(t.Type(), t.Shape(), numbers)
}

// rounded is a tensor of numbers as a file holds them.
func rounded(elem tensor.Type, shape []int64, numbers tensor.Vector) *tensor.Tensor {
	raw, err := tensor.Compute(elem, []int64{int64(len(numbers))}, numbers).Bytes()
	if err != nil {
		panic(err) // floating-point numbers round to every floating-point type
	}
	t, err := tensor.New(elem, shape, raw)
	if err != nil {
		panic(err) // there are as many numbers as before
	}
	return t
}
