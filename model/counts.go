package model

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Counts says what a model consists of, its sub-graphs included.
type Counts struct {
	Nodes      int            // of all graphs
	Ops        map[string]int // nodes by operator; one of another domain than ONNX's own is domain.operator
	Parameters int64          // elements of the initializers
}

// Count counts the parts of a model in memory.
func Count(m *graph.Model) Counts {
	c := Counts{Ops: map[string]int{}}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			c.Nodes++
			op := n.OpType
			if n.Domain != "" && n.Domain != "ai.onnx" {
				op = n.Domain + "." + op
			}
			c.Ops[op]++
		}
		for v := range g.Initializers() {
			if t := v.Data(); t != nil {
				c.Parameters += int64(t.Len())
			}
		}
	}
	return c
}

// ConstantBytes is how many bytes the constants of a model take: its initializers and the tensors that are attributes, those
// of sub-graphs and functions included.
func ConstantBytes(m *graph.Model) int64 {
	bytes := constantsOf(m.Graph)
	for _, f := range m.Functions() {
		if f.Body != nil {
			bytes += constantsOf(f.Body)
		}
	}
	return bytes
}

func constantsOf(whole *graph.Graph) int64 {
	bytes := int64(0)
	add := func(t *tensor.Tensor) {
		if t != nil {
			bytes += int64(t.ByteSize())
		}
	}
	for g := range whole.All() {
		for v := range g.Initializers() {
			add(v.Data())
		}
		for n := range g.Nodes() {
			for _, a := range n.Attrs() {
				add(a.Tensor)
				for _, t := range a.Tensors {
					add(t)
				}
			}
		}
	}
	return bytes
}
