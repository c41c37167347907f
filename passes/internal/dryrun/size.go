package dryrun

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// size is what a function comes to with the functions that it calls.
type size struct {
	nodes    int
	bytes    int // of memory that they take in place of a call
	depth    int
	linear   bool // whether it holds an operator that takes part in folds and fusions
	weighted bool // whether one of them has weights
}

// mostBytes stands for all that is more: what functions take doubles with each level of calls.
const mostBytes = math.MaxInt / 4

// measure counts each function once, however often it is called.
func (t *inliner) measure(f *graph.Function) size {
	if s, ok := t.sizes[f]; ok {
		return s
	}
	if f.Body == nil {
		return size{nodes: 1}
	}
	t.sizes[f] = size{depth: maxNesting + 1} // what a function that calls itself finds
	s := size{depth: 1, bytes: bytesOfCall(f)}
	for _, n := range AllNodes(slices.Collect(f.Body.Nodes())) {
		one := size{nodes: 1}
		if inner := n.Callee(); inner != nil {
			one = t.measure(inner)
		} else {
			one.weighted = isWeighted(n)
			one.linear = one.weighted || isLinear(n)
		}
		if n.Callee() != nil && one.linear {
			one.bytes += bytesOfResults(n)
		} else {
			one.bytes = bytesOf(n)
		}
		s.nodes, s.bytes = min(s.nodes+one.nodes, math.MaxInt32), min(s.bytes+one.bytes, mostBytes)
		s.depth = min(max(s.depth, one.depth+1), maxNesting+1)
		s.linear, s.weighted = s.linear || one.linear, s.weighted || one.weighted
	}
	t.sizes[f] = s
	return s
}

func isWeighted(n *graph.Node) bool {
	return n.Is("Conv") || n.Is("ConvTranspose") || n.Is("Gemm") || n.Is("MatMul") || n.Is("BatchNormalization")
}

// isLinear tells the operators that are folded into those with weights, or merge their results.
func isLinear(n *graph.Node) bool {
	return slices.ContainsFunc([]string{
		"Add", "Sub", "Sum", "Mul", "Div", "Neg", "Mean", "Pad", "Slice", "Concat", "AveragePool", "ReduceSum", "ReduceMean",
	}, n.Is)
}
