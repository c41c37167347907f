package dryrun

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// What is copied takes so much memory at its peak, with what the passes make of it and what the collector leaves. The test of
// peak memory holds the numbers to what functions take that are made for it.
const (
	bytesOfNode   = 1100
	bytesOfInput  = 220
	bytesOfValue  = 800  // a result, without its name
	bytesOfLinear = 800  // more, for what the passes know of an operator that is folded or fused
	bytesOfWeight = 3200 // more, for one with weights
	bytesOfNorm   = 7000 // more, for one whose weights are folded into others
	bytesOfAttr   = 50
	bytesOfCopied = 600  // an attribute that takes its value from the call, or holds a graph
	bytesOfGraph  = 2500 // without what is in it
	bytesOfBound  = 100  // an input or attribute of the function, while its call is replaced
	bytesOfLetter = 2
	prefix        = 81 // letters that the names of a copy get at most
	mostLetters   = 80 // that are kept of the name
)

// afford takes what a call comes to from the memory that there is room for. It fails where that is not enough.
func (t *inliner) afford(call *graph.Node) error {
	s := t.measure(call.Callee())
	if t.room.memory == 0 || s.depth > maxNesting || !s.linear {
		return nil
	}
	if t.room.bytes -= s.bytes; t.room.bytes < 0 {
		return fmt.Errorf("with the bodies of functions in place of their calls, the model would take more than %d MB of memory, "+
			"out of proportion to its file; leave the pass out, or export the model without functions", t.room.memory>>20)
	}
	return nil
}

// bytesOf is what a copy of a node takes, without the nodes in its graphs.
func bytesOf(n *graph.Node) int {
	bytes := bytesOfNode + bytesOfInput*n.NumInputs() + bytesOfRole(n) + bytesOfResults(n)
	if n.Name != "" {
		bytes += bytesOfName(n.Name)
	}
	for _, a := range n.Attrs() {
		bytes += bytesOfAttr
		if a.Ref != "" || a.Graph != nil || a.Graphs != nil {
			bytes += bytesOfCopied
		}
	}
	for g := range n.Subgraphs() {
		bytes += bytesOfGraph + bytesOfInput*len(g.Outputs())
		for _, v := range g.Inputs() {
			bytes += bytesOfResult(v)
		}
		for v := range g.Initializers() {
			bytes += bytesOfResult(v)
		}
	}
	return bytes
}

func bytesOfRole(n *graph.Node) int {
	switch {
	case n.Is("BatchNormalization"):
		return bytesOfNorm
	case isWeighted(n):
		return bytesOfWeight
	case isLinear(n):
		return bytesOfLinear
	}
	return 0
}

func bytesOfResults(n *graph.Node) int {
	bytes := 0
	for i := range n.NumOutputs() {
		bytes += bytesOfResult(n.Output(i))
	}
	return bytes
}

func bytesOfResult(v *graph.Value) int {
	if v == nil {
		return bytesOfAttr
	}
	return bytesOfValue + bytesOfName(v.Name())
}

func bytesOfName(name string) int { return bytesOfLetter * (prefix + min(len(name), mostLetters)) }

// bytesOfCall is what a call takes besides the nodes of the body: what is bound to it, and an Identity for each result.
func bytesOfCall(f *graph.Function) int {
	bound := len(f.Body.Inputs()) + len(f.Attrs) + len(f.Defaults)
	return bytesOfBound*bound + (bytesOfNode+bytesOfInput)*len(f.Body.Outputs())
}
