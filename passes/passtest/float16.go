package passtest

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// half makes everything of float16 that was of float32.
func half(m *graph.Model) error {
	graphs := slices.Collect(m.Graph.All())
	for _, f := range m.Functions() {
		if f.Body != nil {
			graphs = append(graphs, slices.Collect(f.Body.All())...)
		}
	}
	changed := false
	for _, g := range graphs {
		for _, v := range g.Inputs() {
			changed = halfType(v) || changed
		}
		for v := range g.Initializers() {
			if t, ok := halfTensor(v.Data()); ok {
				typ := v.Type()
				v.SetData(t)
				v.SetType(typ)
				changed = true
			}
		}
		for n := range g.Nodes() {
			halved, err := halfNode(n)
			if err != nil {
				return err
			}
			changed = changed || halved
		}
	}
	if !changed {
		return errNone
	}
	return op.Check(m.Graph)
}

// halfNode changes the tensors and the types that a node names, and the declared types of its results.
func halfNode(n *graph.Node) (changed bool, err error) {
	for i := range n.NumOutputs() {
		if v := n.Output(i); v != nil {
			changed = halfType(v) || changed
		}
	}
	for _, a := range slices.Clone(n.Attrs()) {
		switch {
		case a.Kind == graph.AttrTensor:
			if t, ok := halfTensor(a.Tensor); ok {
				n.SetAttr(graph.TensorAttr(a.Name, t))
				changed = true
			}
		case n.Is("Cast") && a.Name == "to" && a.Int == int64(tensor.Float32):
			n.SetAttr(graph.IntAttr("to", int64(tensor.Float16)))
			changed = true
		case n.Is("Constant") && (a.Kind == graph.AttrFloat || a.Kind == graph.AttrFloats):
			return changed, fmt.Errorf("%s holds a float32 in its %s", n.Label(), a.Name)
		}
	}
	return changed, nil
}

// halfType declares a value as float16 that is declared as float32.
func halfType(v *graph.Value) bool {
	if v.Type().Elem != tensor.Float32 {
		return false
	}
	v.SetElem(tensor.Float16)
	return true
}

// halfTensor is a tensor of float32 rounded to float16; false for any other.
func halfTensor(t *tensor.Tensor) (*tensor.Tensor, bool) {
	if t == nil || t.Type() != tensor.Float32 {
		return t, false
	}
	return rounded(tensor.Float16, t.Shape(), t.Float64s()), true
}
