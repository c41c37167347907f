package model

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Layers is the depth of a graph: the largest number of convolutions and matrix products that a value on its
// way from an input to an output passes one after another.
func Layers(g *graph.Graph) int { return depths{}.of(g) }

// depths are the layers of the functions that were met; 0 for one that is being counted.
type depths map[*graph.Function]int

func (known depths) of(g *graph.Graph) int {
	depth := map[*graph.Value]int{}
	deepest := 0
	for n := range g.Nodes() {
		d := 0
		for _, v := range n.Inputs() {
			if v != nil {
				d = max(d, depth[v])
			}
		}
		for sub := range n.Subgraphs() {
			d += known.of(sub)
		}
		d = min(d+known.node(n), math.MaxInt32) // functions that call functions grow without end
		for i := range n.NumOutputs() {
			depth[n.Output(i)] = d
		}
		deepest = max(deepest, d)
	}
	return deepest
}

func (known depths) node(n *graph.Node) int {
	if f := n.Callee(); f != nil {
		if _, met := known[f]; !met && f.Body != nil {
			known[f] = 0
			known[f] = known.of(f.Body)
		}
		return known[f]
	}
	switch n.OpType {
	case "Conv", "ConvTranspose", "DeformConv", "Gemm", "MatMul", "Einsum", "Attention", "LSTM", "GRU", "RNN":
		return 1
	}
	return 0
}

// Coarsest is the least precise of the floating-point types that a model's parameters, inputs and outputs have.
// It is float64 where they have none.
func Coarsest(m *graph.Model) tensor.Type {
	worst := tensor.Float64
	rank := map[tensor.Type]int{tensor.Float64: 0, tensor.Float32: 1, tensor.Float16: 2, tensor.BFloat16: 3}
	see := func(t tensor.Type) {
		if r, ok := rank[t]; ok && r > rank[worst] {
			worst = t
		}
	}
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			see(v.Elem())
		}
		for _, v := range g.Inputs() {
			see(v.Elem())
		}
		for _, v := range g.Outputs() {
			see(v.Elem())
		}
	}
	return worst
}
