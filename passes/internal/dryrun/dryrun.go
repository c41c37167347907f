// Package dryrun finds out which calls of functions are worth replacing by the bodies of the functions.
//
// It works on a copy of the model that nobody needs afterwards:
//
//	replace every call ──▶ run the passes that only tidy up ──▶ take fingerprints ──▶ run all passes ──▶ compare
//
// A call is worth it if a node of its body was folded or fused: then its fingerprint is another one.
package dryrun

import (
	"context"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Call is what became of a call in the copy of the model.
type Call struct {
	Refused *refusal.Refusal
	Inner   []*Call                      // the calls in its body, in order
	before  map[*graph.Node]*fingerprint // of the nodes of its body
	fused   bool                         // whether a node of the body itself was folded or fused
}

// Calls replaces every call in m, lets the passes run, and says of each call of the main graph what that did, in
// the order of [CallsOf]. The steps tidy are those of all that only tidy up.
func Calls(ctx context.Context, m *graph.Model, tidy, all []pipeline.Step) ([]*Call, error) {
	t := inliner{sizes: map[*graph.Function]size{}, room: roomIn(m)}
	nodes := AllNodes(slices.Collect(m.Graph.Nodes()))
	var calls []*Call
	for _, call := range CallsOf(nodes) {
		calls = append(calls, t.replace(call))
	}
	if !t.replaced {
		return calls, nil
	}
	if _, err := pipeline.Run(ctx, m.Graph, tidy, pipeline.Options{}); err != nil {
		return nil, err
	}
	for _, t := range calls {
		t.remember()
	}
	if _, err := pipeline.Run(ctx, m.Graph, all, pipeline.Options{}); err != nil {
		return nil, err
	}
	for _, t := range calls {
		t.compare()
	}
	return calls, nil
}

// inliner replaces calls.
type inliner struct {
	sizes    map[*graph.Function]size
	room     room
	replaced bool
}

// replace replaces a call and the calls in its body.
func (t *inliner) replace(call *graph.Node) *Call {
	f := call.Callee()
	s := t.measure(f)
	if why := t.unfit(f, s); why != nil || !s.linear {
		return &Call{Refused: why}
	}
	nodes, err := call.Graph().Inline(call)
	if err != nil {
		return &Call{Refused: refuseIf(s.weighted, "%v", err)}
	}
	t.replaced = true
	nodes = AllNodes(nodes)
	t.room.nodes -= len(nodes)
	for _, n := range nodes {
		t.room.parts -= partsOf(n)
	}
	t.room.parts -= len(f.Attrs) + len(f.Defaults)
	out := &Call{before: map[*graph.Node]*fingerprint{}}
	for _, n := range nodes {
		if n.Callee() == nil {
			out.before[n] = nil
			continue
		}
		out.Inner = append(out.Inner, t.replace(n))
	}
	return out
}

// unfit says why no call of f can be replaced, nil when it can, or when that would change nothing.
func (t *inliner) unfit(f *graph.Function, s size) *refusal.Refusal {
	switch {
	case f.Fault != "":
		return refusal.New(refusal.NotInlined, "%s", f.Fault)
	case s.depth > maxNesting:
		return refusal.New(refusal.NotInlined, "function %s calls itself, or its calls are nested more than %d deep", f.Label(), maxNesting)
	case s.linear && s.nodes > t.room.nodes:
		return refusal.New(refusal.NotInlined, "with the %d nodes of function %s inlined, the calls would make more than %d nodes", s.nodes, f.Label(), t.room.most)
	case s.linear && s.parts > t.room.parts:
		return refusal.New(refusal.NotInlined, "function %s has more inputs, outputs and attributes than the model has room for when it is inlined", f.Label())
	}
	return nil
}

// refuseIf is a refusal of a call that holds something to fold, nil of another.
func refuseIf(weighted bool, format string, args ...any) *refusal.Refusal {
	if !weighted {
		return nil
	}
	return refusal.New(refusal.NotInlined, format, args...)
}

// size is what a function comes to with the functions that it calls.
type size struct {
	nodes    int
	parts    int // nodes, inputs, outputs and attributes
	depth    int
	linear   bool // whether it holds an operator that takes part in folds and fusions
	weighted bool // whether one of them has weights
}

// measure counts each function once, however often it is called.
func (t *inliner) measure(f *graph.Function) size {
	if s, ok := t.sizes[f]; ok {
		return s
	}
	if f.Body == nil {
		return size{nodes: 1, parts: 1}
	}
	t.sizes[f] = size{depth: maxNesting + 1} // what a function that calls itself finds
	s := size{depth: 1, parts: len(f.Attrs) + len(f.Defaults)}
	for _, n := range AllNodes(slices.Collect(f.Body.Nodes())) {
		one := size{nodes: 1, parts: partsOf(n)}
		if inner := n.Callee(); inner != nil {
			one = t.measure(inner)
			one.parts += partsOf(n)
		} else {
			one.weighted = isWeighted(n)
			one.linear = one.weighted || isLinear(n)
		}
		s.nodes, s.parts = min(s.nodes+one.nodes, math.MaxInt32), min(s.parts+one.parts, math.MaxInt32)
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

// Worth reports whether the call is to be replaced: a node of its body, or of a call in it, is fused.
func (t *Call) Worth() bool {
	return t.fused || slices.ContainsFunc(t.Inner, (*Call).Worth)
}

// fingerprint tells whether a node has been rewritten.
type fingerprint struct {
	attrs  []*graph.Attr
	inputs []*tensor.Tensor // nil for those that are not constant
}

func fingerprintOf(n *graph.Node) *fingerprint {
	p := &fingerprint{attrs: slices.Clone(n.Attrs())}
	for _, v := range n.Inputs() {
		p.inputs = append(p.inputs, v.Constant())
	}
	return p
}

// remember keeps the fingerprints of the nodes that are there.
func (t *Call) remember() {
	for n := range t.before {
		if n.Graph() == nil {
			delete(t.before, n)
			continue
		}
		t.before[n] = fingerprintOf(n)
	}
	for _, inner := range t.Inner {
		inner.remember()
	}
}

// compare looks for a node that is no longer what it was.
func (t *Call) compare() {
	for n, was := range t.before {
		now := fingerprintOf(n)
		if n.Graph() == nil || !slices.Equal(now.attrs, was.attrs) || !slices.Equal(now.inputs, was.inputs) {
			t.fused = true
		}
	}
	for _, inner := range t.Inner {
		inner.compare()
	}
}
