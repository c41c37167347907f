package main

import (
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// retype makes a network of float32 one of another type of floating-point numbers, its parameters rounded.
func retype(m *graph.Model, to tensor.Type) error {
	if to == tensor.Float32 {
		return nil
	}
	if len(m.Functions()) > 0 {
		return errors.New("it has functions")
	}
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			if v.Data().Type() != tensor.Float32 || fixed(v) {
				continue
			}
			t, err := rounded(v.Data(), to)
			if err != nil {
				return fmt.Errorf("%s: %w", v.Name(), err)
			}
			v.SetData(t)
			v.SetElem(to)
		}
		for n := range g.Nodes() {
			if err := retypeNode(n, to); err != nil {
				return fmt.Errorf("%s: %w", n.Label(), err)
			}
		}
		for _, v := range append(g.Inputs(), g.Outputs()...) {
			if v.Type().Elem == tensor.Float32 {
				v.SetElem(to)
			}
		}
	}
	return nil
}

// fixed reports whether an initializer is float32 in a model of any type: the scales of a Resize are.
func fixed(v *graph.Value) bool {
	for u := range v.Uses() {
		if u.Node != nil && (u.Node.OpType == "Resize" || u.Node.OpType == "Upsample") && u.Index > 0 {
			return true
		}
	}
	return false
}

func retypeNode(n *graph.Node, to tensor.Type) error {
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil && v.Type().Elem == tensor.Float32 {
			v.SetElem(to)
		}
	}
	for _, a := range n.Attrs() {
		switch {
		case n.Is("Cast") && a.Name == "to" && a.Int == int64(tensor.Float32), a.Name == "dtype" && a.Int == int64(tensor.Float32):
			n.SetAttr(graph.IntAttr(a.Name, int64(to)))
		case a.Name == "value_float" || a.Name == "value_floats":
			return errors.New("it is a constant without a tensor")
		case a.Tensor != nil && a.Tensor.Type() == tensor.Float32:
			if n.NumOutputs() == 1 && fixed(n.Output(0)) {
				continue
			}
			t, err := rounded(a.Tensor, to)
			if err != nil {
				return err
			}
			n.SetAttr(graph.TensorAttr(a.Name, t))
		}
	}
	return nil
}

// rounded is a tensor in another type.
func rounded(t *tensor.Tensor, to tensor.Type) (*tensor.Tensor, error) {
	made := tensor.Compute(to, t.Shape(), tensor.Vector(t.Float64s()))
	raw, err := made.Bytes()
	if err != nil {
		return nil, err
	}
	return tensor.New(to, t.Shape(), raw)
}
