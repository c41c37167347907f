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
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Call is what became of a call in the copy of the model.
type Call struct {
	Refused *refusal.Refusal
	Inner   []*Call       // the calls in its body, in order
	before  []fingerprint // of the nodes of its body, until they are compared
	fused   bool          // whether a node of the body itself was folded or fused
}

// Calls replaces every call in m, lets the passes run, and says of each call of the main graph what that did, in
// the order of [CallsOf]. The steps tidy are those of all that only tidy up. It fails where the bodies would take more memory
// than [graph.Model.Room].
func Calls(ctx context.Context, m *graph.Model, tidy, all []pipeline.Step) ([]*Call, error) {
	t := inliner{sizes: map[*graph.Function]size{}, room: roomIn(m)}
	nodes := AllNodes(slices.Collect(m.Graph.Nodes()))
	var calls []*Call
	for _, call := range CallsOf(nodes) {
		if err := t.afford(call); err != nil {
			return nil, err
		}
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
	out := &Call{}
	for _, n := range nodes {
		if n.Callee() == nil {
			out.before = append(out.before, fingerprint{node: n})
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
		return refusal.New(refusal.NotInlined, "function %s calls itself, or its calls are nested more than %d deep; export the model without it", f.Label(), maxNesting)
	case s.linear && s.nodes > t.room.nodes:
		return refusal.New(refusal.NotInlined, "with the %d nodes of function %s inlined, the calls would make more than %d nodes; export the model without functions", s.nodes, f.Label(), t.room.most)
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

// Worth reports whether the call is to be replaced: a node of its body, or of a call in it, is fused.
func (t *Call) Worth() bool {
	return t.fused || slices.ContainsFunc(t.Inner, (*Call).Worth)
}

// fingerprint tells whether a node has been rewritten.
type fingerprint struct {
	node   *graph.Node
	attrs  []*graph.Attr
	inputs []*tensor.Tensor // nil for those that are not constant
}

func fingerprintOf(n *graph.Node) fingerprint {
	p := fingerprint{node: n, attrs: slices.Clone(n.Attrs()), inputs: make([]*tensor.Tensor, 0, n.NumInputs())}
	for _, v := range n.Inputs() {
		p.inputs = append(p.inputs, v.Constant())
	}
	return p
}

// remember keeps the fingerprints of the nodes that are there.
func (t *Call) remember() {
	t.before = slices.DeleteFunc(t.before, func(p fingerprint) bool { return p.node.Graph() == nil })
	for k, p := range t.before {
		t.before[k] = fingerprintOf(p.node)
	}
	for _, inner := range t.Inner {
		inner.remember()
	}
}

// compare looks for a node that is no longer what it was. It lets go of the nodes: with them goes the copy of the model.
func (t *Call) compare() {
	t.fused = slices.ContainsFunc(t.before, fingerprint.changed)
	t.before = nil
	for _, inner := range t.Inner {
		inner.compare()
	}
}

func (p fingerprint) changed() bool {
	now := fingerprintOf(p.node)
	return p.node.Graph() == nil || !slices.Equal(now.attrs, p.attrs) || !slices.Equal(now.inputs, p.inputs)
}
