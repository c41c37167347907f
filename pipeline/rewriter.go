package pipeline

import (
	"context"
	"io"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// Rewriter is what a pass works with: the graph, the budget of rewrites and the record of what was done.
// Every change of the graph goes through [Rewriter.Rewrite] or [Rewriter.Apply]; the runner refuses a pass
// that changes the graph in another way.
type Rewriter struct {
	graph    *graph.Graph
	ctx      context.Context
	budget   *budget
	rewrites []Rewrite
	refusals []Refusal
	edits    uint64 // of the graph after the last rewrite
	strayed  bool   // whether the graph was changed outside of a rewrite
	work     work
	round    int
	rested   bool
	waits    bool // whether the pass left something for the next round
	program  *Program
	kept     []io.Closer
}

func newRewriter(ctx context.Context, g *graph.Graph, b *budget) *Rewriter {
	return &Rewriter{graph: g, ctx: ctx, budget: b, edits: g.Edits(), work: newWork(g)}
}

// Graph is the graph that the pass runs over.
func (r *Rewriter) Graph() *graph.Graph { return r.graph }

// Round is the number of the round over the passes, from 1.
func (r *Rewriter) Round() int { return r.round }

// Rest says that the pass does nothing in this round. What it refused in an earlier one stands.
func (r *Rewriter) Rest() { r.rested = true }

// Postpone says that the pass leaves something for the next round. There is one then, also where this one changes nothing.
func (r *Rewriter) Postpone() { r.waits = true }

// Ran notes the program that the pass started.
func (r *Rewriter) Ran(p Program) { r.program = &p }

// Keep has something closed when the graph is not used any more, such as a file in which its tensors lie; see [Result.Close].
func (r *Rewriter) Keep(c io.Closer) { r.kept = append(r.kept, c) }

// Rewrite makes one change and records it under the name of the node that was there before; detail says
// what became of it, in one sentence without a full stop. It reports whether the change was made. It is
// not when the budget is spent or the context has ended: then the pass returns.
func (r *Rewriter) Rewrite(node, detail string, change func()) bool {
	return r.Apply([]Rewrite{{Node: node, Detail: detail}}, change)
}

// Apply is [Rewriter.Rewrite] for a change that takes several records, or one that tells of branches. It
// counts as one change.
func (r *Rewriter) Apply(records []Rewrite, change func()) bool {
	if !r.Look(0) || !r.budget.take() {
		return false
	}
	r.look()
	change()
	r.edits = r.graph.Edits()
	if len(r.rewrites)+len(records) > cap(r.rewrites) {
		r.rewrites = slices.Grow(r.rewrites, max(len(r.rewrites), len(records))) // twice as many: there may be millions
	}
	r.rewrites = append(r.rewrites, records...)
	return true
}

// Look counts nodes and addends that the pass looks at beyond those that it visits by [graph.Graph.Nodes]. It reports
// whether the pass may go on. It may not when the work is out of proportion to the graph, or when the context has
// ended: then the pass returns.
func (r *Rewriter) Look(visits int) bool {
	r.work.looks += visits
	return r.ctx.Err() == nil && !r.work.spent(r.graph)
}

// Refuse records a change that the pass looked at and did not make. The reason is a stable word, the
// detail one sentence without a full stop that says what to change.
func (r *Rewriter) Refuse(node, reason, detail string) {
	r.RefuseAll(Refusal{Node: node, Reason: reason, Detail: detail})
}

// RefuseAll is [Rewriter.Refuse] for several records, or those that tell of branches.
func (r *Rewriter) RefuseAll(records ...Refusal) {
	r.refusals = append(r.refusals, records...)
}

// look notices a change that no rewrite made.
func (r *Rewriter) look() {
	r.strayed = r.strayed || r.graph.Edits() != r.edits
}

// budget counts down the rewrites that are still allowed.
type budget struct {
	limited bool
	left    int
	taken   int
	refused bool // whether a pass wanted one more
}

// take takes one rewrite out of the budget and reports whether there was one.
func (b *budget) take() bool {
	if b.limited && b.left == 0 {
		b.refused = true
		return false
	}
	b.left--
	b.taken++
	return true
}
