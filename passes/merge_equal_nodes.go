package passes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/equal"
	"github.com/acdeploy/acdeploy/pipeline"
)

const mergeEqualNodesDoc = `computes once what equal nodes compute

Before: Add(Conv(Relu(x), W₁), Conv(Relu(x), W₂)), with two Relu nodes
After:  r = Relu(x), Add(Conv(r, W₁), Conv(r, W₂))

Two nodes are equal if operator, attributes and inputs are. Inputs are the same value, or constants that
deduplicate_initializers shares, or the same single number. The second node may be in a sub-graph of the graph of
the first. Nodes with sub-graphs are equal if these are, up to 64 nodes in them.

Operators that draw random numbers stay, and a Dropout that is alive, operators outside of ONNX, and calls of
functions. A DequantizeLinear stays, too: engines look for one in front of each consumer.

Where both results are outputs, or the second one is an output of a sub-graph, the second node becomes an Identity.

Convolutions, products, average pools and arithmetic with constants wait for the second round. In the first one two
batch normalisations, say, may still fold into the two of them.`

// MergeEqualNodes makes equal nodes one.
type MergeEqualNodes struct{}

func mergeEqualNodes() entry {
	return entry{Name: "merge_equal_nodes", Doc: mergeEqualNodesDoc, New: func() pipeline.Pass { return &MergeEqualNodes{} }}
}

// Run looks at each node once, so that nodes after equal ones are found to be equal, too.
func (*MergeEqualNodes) Run(_ context.Context, r *pipeline.Rewriter) error {
	m := merger{Rewriter: r, keys: equal.NewKeys(), first: map[string]*graph.Node{}}
	m.graph(r.Graph())
	return nil
}

// merger is one run.
type merger struct {
	*pipeline.Rewriter
	keys  *equal.Keys
	first map[string]*graph.Node // of each key that is visible
}

// graph merges the nodes of g and of its sub-graphs; false when the budget of rewrites is spent.
func (m *merger) graph(g *graph.Graph) bool {
	var added []string
	for n := range g.Nodes() {
		for sub := range n.Subgraphs() {
			if !m.graph(sub) {
				return false
			}
		}
		if !mayHaveEqual(n) {
			continue
		}
		key, ok := m.keys.Of(n)
		if !ok {
			continue
		}
		kept := m.first[key]
		switch {
		case kept == nil:
			m.first[key] = n
			added = append(added, key)
		case m.Round() == 1 && mayFold(n):
			m.Postpone()
		case !m.merge(n, kept):
			return false
		}
	}
	for _, key := range added { // no node after this graph sees what is in it
		delete(m.first, key)
	}
	return true
}

// mayHaveEqual reports whether another node may read all that n reads. It tells most nodes apart without a key.
func mayHaveEqual(n *graph.Node) bool {
	if n.Is("Constant") || n.Is("DequantizeLinear") || n.LiveOutputs() == 0 {
		return false
	}
	for _, v := range n.Inputs() {
		if v != nil && v.Constant() == nil && v.UseCount() == 1 {
			return false
		}
	}
	return true
}

// mayFold reports a node that other passes fold into its neighbours, or its neighbours into it.
func mayFold(n *graph.Node) bool {
	_, affine := algebra.AffineOperand(n)
	return affine || slices.ContainsFunc([]string{"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "AveragePool"}, n.Is)
}

// merge lets everybody read the results of kept in place of those of n; false when the budget of rewrites is spent.
func (m *merger) merge(n, kept *graph.Node) bool {
	var copied []int // results whose names have to stay
	for i := range n.NumOutputs() {
		if v := n.Output(i); v.Used() && !graph.CanReplace(v, kept.Output(i)) {
			copied = append(copied, i)
		}
	}
	detail := fmt.Sprintf("%s equals %s, which gives the result to both", n.OpType, kept.Label())
	if len(copied) > 0 {
		if len(copied) > 1 || !isWorthCopy(n) {
			return true
		}
		detail = fmt.Sprintf("%s equals %s and is an Identity of its result now", n.OpType, kept.Label())
	}
	return m.Rewrite(n.Label(), detail, func() {
		for i := range n.NumOutputs() {
			v := n.Output(i)
			switch {
			case !v.Used():
			case slices.Contains(copied, i):
				copyOf(kept.Output(i), n, v)
			default:
				graph.ReplaceAllUses(v, kept.Output(i))
			}
		}
		n.Graph().Remove(n)
	})
}

// isWorthCopy reports whether an Identity takes less than n, and takes what n gives in every opset: tensors.
func isWorthCopy(n *graph.Node) bool {
	for range n.Subgraphs() {
		return false
	}
	return n.Is(n.OpType) && !n.Is("Identity") && !strings.Contains(n.OpType, "Sequence") && !strings.Contains(n.OpType, "Optional")
}

// copyOf makes v, an output that n computes, a copy of another value. Nodes read that value itself.
func copyOf(of *graph.Value, n *graph.Node, v *graph.Value) {
	identity := graph.NewNode("Identity", of)
	identity.Name, identity.Doc, identity.Extra = n.Name, n.Doc, n.Extra
	n.Graph().InsertBefore(identity, n)
	identity.TakeOutput(v)
	for u := range v.Uses() {
		if u.Node != nil {
			u.Node.SetInput(u.Index, of)
		}
	}
}
