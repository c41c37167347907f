package passes

import (
	"context"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// trial is what became of a call in a copy of the model.
type trial struct {
	refused *refusal.Refusal
	inner   []*trial               // the calls in its body, in order
	before  map[*graph.Node]*print // of the nodes of its body
	fused   bool                   // whether a node of the body itself was folded or fused
}

// tryCalls replaces every call in m, lets the other passes run, and says of each call what that did.
func tryCalls(ctx context.Context, m *graph.Model) ([]*trial, error) {
	t := trier{sizes: map[*graph.Function]size{}}
	nodes := allNodes(slices.Collect(m.Graph.Nodes()))
	t.room = maxInlined - len(nodes)
	var trials []*trial
	for _, call := range callsOf(nodes) {
		trials = append(trials, t.replace(call))
	}
	if !t.replaced {
		return trials, nil
	}
	tidy, all := trialSteps()
	if _, err := pipeline.Run(ctx, m.Graph, tidy, pipeline.Options{}); err != nil {
		return nil, err
	}
	for _, t := range trials {
		t.remember()
	}
	if _, err := pipeline.Run(ctx, m.Graph, all, pipeline.Options{}); err != nil {
		return nil, err
	}
	for _, t := range trials {
		t.compare()
	}
	return trials, nil
}

// trialSteps are the passes that only tidy up, and all passes.
func trialSteps() (tidy, all []pipeline.Step) {
	for _, e := range Catalog() {
		step := pipeline.Step{Name: e.Name, Pass: e.New()}
		switch step.Pass.(type) {
		case *InlineFunctions:
			continue
		case *LiftConstants, *EliminateIdentity, *FoldConstants, *DeduplicateInitializers, *RemoveUnused:
			tidy = append(tidy, step)
		}
		all = append(all, step)
	}
	return tidy, all
}

// trier replaces calls.
type trier struct {
	sizes    map[*graph.Function]size
	room     int // nodes that the graph may still grow by
	replaced bool
}

// replace replaces a call and the calls in its body.
func (t *trier) replace(call *graph.Node) *trial {
	f := call.Callee()
	s := t.measure(f)
	if why := t.unfit(f, s); why != nil || !s.linear {
		return &trial{refused: why}
	}
	nodes, err := call.Graph().Inline(call)
	if err != nil {
		return &trial{refused: refuseIf(s.weighted, "%v", err)}
	}
	t.replaced = true
	nodes = allNodes(nodes)
	t.room -= len(nodes)
	out := &trial{before: map[*graph.Node]*print{}}
	for _, n := range nodes {
		if n.Callee() == nil {
			out.before[n] = nil
			continue
		}
		out.inner = append(out.inner, t.replace(n))
	}
	return out
}

// unfit says why no call of f can be replaced, nil when it can, or when that would change nothing.
func (t *trier) unfit(f *graph.Function, s size) *refusal.Refusal {
	switch {
	case f.Fault != "":
		return refusal.New(refusal.NotInlined, "%s", f.Fault)
	case s.depth > maxNesting:
		return refusal.New(refusal.NotInlined, "function %s calls itself, or functions more than %d deep", f.Label(), maxNesting)
	case s.nodes > t.room && s.linear:
		return refusal.New(refusal.NotInlined, "with the %d nodes of function %s in place the graph would hold more than %d", s.nodes, f.Label(), maxInlined)
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
	depth    int
	linear   bool // whether it holds an operator that takes part in folds and fusions
	weighted bool // whether one of them has weights
}

// measure counts each function once, however often it is called.
func (t *trier) measure(f *graph.Function) size {
	if s, ok := t.sizes[f]; ok {
		return s
	}
	if f.Body == nil {
		return size{nodes: 1}
	}
	t.sizes[f] = size{depth: maxNesting + 1} // what a function that calls itself finds
	s := size{depth: 1}
	for _, n := range allNodes(slices.Collect(f.Body.Nodes())) {
		one := size{nodes: 1}
		if inner := n.Callee(); inner != nil {
			one = t.measure(inner)
		} else {
			one.weighted = isWeighted(n)
			one.linear = one.weighted || isLinear(n)
		}
		s.nodes = min(s.nodes+one.nodes, math.MaxInt32)
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

// worth reports whether the call is to be replaced: a node of its body, or of a call in it, is fused.
func (t *trial) worth() bool {
	return t.fused || slices.ContainsFunc(t.inner, (*trial).worth)
}

// print is what tells whether a node has been rewritten.
type print struct {
	attrs  []*graph.Attr
	inputs []*tensor.Tensor // nil for those that are not constant
}

func printOf(n *graph.Node) *print {
	p := &print{attrs: slices.Clone(n.Attrs())}
	for _, v := range n.Inputs() {
		p.inputs = append(p.inputs, v.Constant())
	}
	return p
}

// remember keeps the prints of the nodes that are there.
func (t *trial) remember() {
	for n := range t.before {
		if n.Graph() == nil {
			delete(t.before, n)
			continue
		}
		t.before[n] = printOf(n)
	}
	for _, inner := range t.inner {
		inner.remember()
	}
}

// compare looks for a node that is no longer what it was.
func (t *trial) compare() {
	for n, was := range t.before {
		now := printOf(n)
		if n.Graph() == nil || !slices.Equal(now.attrs, was.attrs) || !slices.Equal(now.inputs, was.inputs) {
			t.fused = true
		}
	}
	for _, inner := range t.inner {
		inner.compare()
	}
}
