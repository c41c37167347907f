package bisect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// between lists the nodes of the main graph of one model that another has not, and those that only the other has. Both came of the same
// model by the same rewrites, the second by one more, so that what is the same has the same names.
func between(was, is *graph.Model) (gone, come []*graph.Node) {
	before, after := described(was.Graph), described(is.Graph)
	for n := range was.Graph.Nodes() {
		if other := after[description(n)]; other == nil || !sameConstants(n, other) {
			gone = append(gone, n)
		}
	}
	for n := range is.Graph.Nodes() {
		if other := before[description(n)]; other == nil || !sameConstants(n, other) {
			come = append(come, n)
		}
	}
	return gone, come
}

func described(g *graph.Graph) map[string]*graph.Node {
	list := map[string]*graph.Node{}
	for n := range g.Nodes() {
		list[description(n)] = n
	}
	return list
}

// description is what a node says, but for the numbers of initializers.
func description(n *graph.Node) string {
	var b strings.Builder
	for i := range n.NumOutputs() {
		if v := n.Output(i); v != nil {
			fmt.Fprintf(&b, "%q", v.Name())
		}
		b.WriteString(",")
	}
	fmt.Fprintf(&b, "=%q.%q", n.Domain, n.OpType)
	for _, a := range n.Attrs() {
		fmt.Fprintf(&b, " %s=%s", a.Name, a.Text())
	}
	for _, v := range n.Inputs() {
		if v != nil {
			fmt.Fprintf(&b, "(%q)", v.Name())
		}
		b.WriteString(",")
	}
	return b.String()
}

// sameConstants reports whether two nodes that say the same read initializers of the same numbers.
func sameConstants(a, b *graph.Node) bool {
	for i, v := range a.Inputs() {
		w := b.Input(i)
		if v == nil || w == nil || !v.IsInitializer() && !w.IsInitializer() {
			continue
		}
		if !sameNumbers(v.Data(), w.Data()) {
			return false
		}
	}
	return true
}

// sameNumbers compares two tensors, row by row; what neither run changed is the same tensor in both.
func sameNumbers(a, b *tensor.Tensor) bool {
	switch {
	case a == b:
		return true
	case a == nil || b == nil || a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()):
		return false
	case !a.Type().IsFloat() || a.Type().Bits() < 8:
		var d tensor.Difference
		return d.AddTensors(a, b) == nil && d.MaxAbs == 0 && d.Unlike == 0
	}
	rows := 1
	if a.Rank() > 0 {
		rows = max(int(a.Shape()[0]), 1)
	}
	one, other := make([]float64, a.Len()/rows), make([]float64, a.Len()/rows)
	for row := range rows {
		a.Row(one, row)
		b.Row(other, row)
		if !slices.EqualFunc(one, other, func(x, y float64) bool { return x == y || x != x && y != y }) {
			return false
		}
	}
	return true
}

// around adds to some nodes those that they read from, and those that read from them.
func around(m *graph.Model, nodes []*graph.Node) []*graph.Node {
	in := map[*graph.Node]bool{}
	for _, n := range nodes {
		in[n] = true
		for _, v := range n.Reads() {
			if p := v.Producer(); p != nil && p.Graph() == m.Graph {
				in[p] = true
			}
		}
	}
	for n := range m.Graph.Nodes() {
		if in[n] {
			continue
		}
		for _, v := range n.Reads() {
			if slices.Contains(nodes, v.Producer()) {
				in[n] = true
			}
		}
	}
	var list []*graph.Node
	for n := range m.Graph.Nodes() {
		if in[n] {
			list = append(list, n)
		}
	}
	return list
}

// fixed is a copy of a model whose inputs have the sizes of these tensors, so that the sizes of a part of it are known, too.
func fixed(m *graph.Model, inputs tensor.Map) *graph.Model {
	c := m.Clone()
	for _, v := range c.Graph.Inputs() {
		if t := inputs[v.Name()]; t != nil {
			typ := graph.Type{Elem: v.Type().Elem, Ranked: true, Other: v.Type().Other}
			for _, size := range t.Shape() {
				typ.Shape = append(typ.Shape, tensor.Fixed(size))
			}
			v.SetType(typ)
		}
	}
	return c
}
