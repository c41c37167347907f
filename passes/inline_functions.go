package passes

import (
	"context"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/dryrun"
	"github.com/acdeploy/acdeploy/pipeline"
)

const inlineFunctionsDoc = `replaces the call of a function by its body if that lets something fuse

Before: y = block(x, w), a function of the model that computes BatchNormalization(Conv(x, w))
After:  c = Conv(x, w); y = BatchNormalization(c)

A dry run replaces every call in a copy of the model and lets the other passes run there. A call is then
replaced in the model itself if a node of its body was folded or fused in the copy. All other calls stay,
and a function stays as long as something calls it. A model is refused whose functions, in place of their
calls, would take more memory than a file of its size may.`

// InlineFunctions replaces calls of functions by what they call.
type InlineFunctions struct{}

func inlineFunctions() entry {
	return entry{Name: "inline_functions", Doc: inlineFunctionsDoc, New: func() pipeline.Pass { return &InlineFunctions{} }}
}

// Run decides on a copy and then replaces the calls that are worth it.
func (*InlineFunctions) Run(ctx context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	m := g.Model()
	if g != m.Graph || len(m.Functions()) == 0 {
		return nil
	}
	calls := dryrun.CallsOf(dryrun.AllNodes(slices.Collect(g.Nodes())))
	tidy, all := dryRunSteps()
	tried, err := dryrun.Calls(ctx, m.Clone(), tidy, all)
	if err != nil {
		return err
	}
	for k, call := range calls {
		if why := tried[k].Refused; why != nil {
			r.Refuse(call.Label(), why.Reason, why.Detail)
		}
	}
	i := inliner{Rewriter: r, used: map[*graph.Function]bool{}}
	for k, call := range calls {
		if tried[k].Worth() && !i.inline(call, tried[k]) {
			break
		}
	}
	dropFunctions(m, i.used)
	return i.err
}

// dryRunSteps are the passes that only tidy up, and all passes but this one.
func dryRunSteps() (tidy, all []pipeline.Step) {
	for _, e := range Catalog().Default() {
		step := pipeline.Step{Name: e.Name, Pass: e.New()}
		switch step.Pass.(type) {
		case *InlineFunctions, *MergeEqualNodes: // that two bodies have something in common makes neither worth it
			continue
		case *LiftConstants, *EliminateIdentity, *FoldConstants, *DeduplicateInitializers, *RemoveUnused:
			tidy = append(tidy, step)
		}
		all = append(all, step)
	}
	return tidy, all
}

// inliner replaces calls.
type inliner struct {
	*pipeline.Rewriter
	used map[*graph.Function]bool // functions of which a call was replaced
	err  error
}

// inline replaces a call, and those of the calls in its body that are worth it; false when the budget
// of rewrites is spent or a call cannot be replaced.
func (i *inliner) inline(call *graph.Node, t *dryrun.Call) bool {
	f := call.Callee()
	count := f.Body.Len() // and one Identity for each result
	for k := range call.NumOutputs() {
		if call.Output(k) != nil {
			count++
		}
	}
	var nodes []*graph.Node
	detail := fmt.Sprintf("call of function %s replaced by the %d nodes of its body", f.Label(), count)
	if !i.Rewrite(call.Label(), detail, func() { nodes, i.err = call.Graph().Inline(call) }) || i.err != nil {
		return false
	}
	i.used[f] = true
	for k, inner := range dryrun.CallsOf(dryrun.AllNodes(nodes)) {
		if t.Inner[k].Worth() && !i.inline(inner, t.Inner[k]) {
			return false
		}
	}
	return true
}

// dropFunctions removes those of the functions that nothing calls any more. One that goes takes its own calls along. Where a
// function is not understood, it may call any other, and all stay.
func dropFunctions(m *graph.Model, from map[*graph.Function]bool) {
	called, callees := map[*graph.Function]int{}, map[*graph.Function][]*graph.Function{}
	count := func(g *graph.Graph) (of []*graph.Function) {
		for _, call := range dryrun.CallsOf(dryrun.AllNodes(slices.Collect(g.Nodes()))) {
			of = append(of, call.Callee())
			called[call.Callee()]++
		}
		return of
	}
	count(m.Graph)
	for _, f := range m.Functions() {
		if f.Body == nil {
			return
		}
		callees[f] = count(f.Body)
	}
	var gone, next []*graph.Function
	for f := range from {
		if called[f] == 0 {
			next = append(next, f)
		}
	}
	for len(next) > 0 {
		f := next[len(next)-1]
		next, gone = next[:len(next)-1], append(gone, f)
		for _, inner := range callees[f] {
			if called[inner]--; called[inner] == 0 && from[inner] {
				next = append(next, inner)
			}
		}
	}
	m.RemoveFunctions(gone...)
}
