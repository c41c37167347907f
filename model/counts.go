package model

import "github.com/acdeploy/acdeploy/graph"

// Counts says what a model consists of, its sub-graphs included.
type Counts struct {
	Nodes      int
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
