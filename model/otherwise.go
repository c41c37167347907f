package model

import (
	"bytes"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Otherwise are the values that a second model computes otherwise than the first: by another node, from other values, or from constants of
// other bytes. They are named as in the second, in the order of its nodes. Values go by their names, and constants by what they hold; those
// of sub-graphs count as part of the node that has them.
func Otherwise(first, second *graph.Model) ([]string, error) {
	var names []string
	for n := range second.Graph.Nodes() {
		for k := range n.NumOutputs() {
			v := n.Output(k)
			if v == nil {
				continue
			}
			was := first.Graph.Lookup(v.Name()).Producer()
			same, err := sameNode(was, n)
			if err != nil {
				return nil, err
			}
			if !same {
				names = append(names, v.Name())
			}
		}
	}
	return names, nil
}

// sameNode reports whether two nodes do the same with the same operands.
func sameNode(a, b *graph.Node) (bool, error) {
	if a == nil || a.OpType != b.OpType || a.Domain != b.Domain || a.NumInputs() != b.NumInputs() || len(a.Attrs()) != len(b.Attrs()) {
		return false, nil
	}
	for _, x := range a.Attrs() {
		if y := b.Attr(x.Name); y == nil || x != y && x.Text() != y.Text() {
			return false, nil
		}
	}
	for k, v := range a.Inputs() {
		same, err := sameOperand(v, b.Input(k))
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func sameOperand(v, w *graph.Value) (bool, error) {
	switch {
	case v == nil || w == nil:
		return v == w, nil
	case v.Constant() == nil || w.Constant() == nil:
		return v.Constant() == w.Constant() && v.Name() == w.Name(), nil
	}
	return sameBytes(v.Constant(), w.Constant())
}

// sameBytes reports whether two tensors are the same in a file.
func sameBytes(a, b *tensor.Tensor) (bool, error) {
	if a == b {
		return true, nil
	}
	if a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()) {
		return false, nil
	}
	if a.Type() == tensor.String {
		return slices.Equal(a.Strings(), b.Strings()), nil
	}
	x, err := a.Bytes()
	if err != nil {
		return false, err
	}
	y, err := b.Bytes()
	return bytes.Equal(x, y), err
}
