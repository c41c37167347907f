package equal

import (
	"cmp"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// attributes writes the attributes of a node, in the order of their names.
func (k *Keys) attributes(n *graph.Node) bool {
	list := n.Attrs()
	byName := func(a, b *graph.Attr) int { return cmp.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(list, byName) {
		list = slices.SortedFunc(slices.Values(list), byName)
	}
	k.number(int64(len(list)))
	for _, a := range list {
		k.word(a.Name)
		k.number(int64(a.Kind))
		if a.Ref != "" || !k.attribute(a) {
			return false
		}
	}
	return true
}

// attribute writes what an attribute holds; false for kinds that are not kept as numbers.
func (k *Keys) attribute(a *graph.Attr) bool {
	switch a.Kind {
	case graph.AttrInt:
		k.number(a.Int)
	case graph.AttrFloat:
		k.number(int64(math.Float32bits(a.Float)))
	case graph.AttrString:
		k.word(a.String)
	case graph.AttrInts:
		k.number(int64(len(a.Ints)))
		for _, v := range a.Ints {
			k.number(v)
		}
	case graph.AttrFloats:
		k.number(int64(len(a.Floats)))
		for _, v := range a.Floats {
			k.number(int64(math.Float32bits(v)))
		}
	case graph.AttrStrings:
		k.number(int64(len(a.Strings)))
		for _, v := range a.Strings {
			k.word(v)
		}
	case graph.AttrTensor:
		return a.Tensor != nil && k.constant(a.Tensor)
	case graph.AttrGraph:
		return a.Graph != nil && k.body(a.Graph)
	default:
		return false
	}
	return true
}

// body writes a graph: its values by their order, those from around it by the numbers that they have there.
func (k *Keys) body(g *graph.Graph) bool {
	if k.nodes -= g.Len(); k.nodes < 0 {
		return false
	}
	if k.local == nil {
		k.local = map[*graph.Value]int64{}
	}
	k.number(int64(len(g.Inputs())))
	for _, v := range g.Inputs() {
		if v.Type().Other != nil || v.IsInitializer() {
			return false
		}
		k.word(v.Type().String())
		numbered(k.local, v)
	}
	for v := range g.Initializers() {
		if v.Constant() == nil {
			return false
		}
	}
	k.number(int64(g.Len()))
	for n := range g.Nodes() {
		if !k.node(n) {
			return false
		}
		for i := range n.NumOutputs() {
			if v := n.Output(i); v != nil {
				numbered(k.local, v)
			}
		}
	}
	outputs := g.Outputs()
	k.number(int64(len(outputs)))
	for _, v := range outputs {
		if !k.value(v) {
			return false
		}
	}
	return true
}
