package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

const defaultMaxRounds = 8

// Run applies the steps in order, again and again, until a whole round changes nothing, a bound is
// reached or the context ends. The graph is checked after every pass that changed it; one that brings in
// what the published schemas forbid fails, and what the model came with stays. On an error the graph may hold
// the rewrites made so far, and must not be saved.
func Run(ctx context.Context, g *graph.Graph, steps []Step, opts Options) (*Result, error) {
	if opts.MaxRounds == 0 {
		opts.MaxRounds = defaultMaxRounds
	}
	if err := op.Check(g); err != nil {
		return nil, fmt.Errorf("check graph: %w", err)
	}
	r := runner{
		graph:  g,
		opts:   opts,
		budget: budget{limited: opts.MaxRewrites > 0, left: opts.MaxRewrites},
		result: &Result{Passes: make([]PassResult, len(steps))},
	}
	for i, s := range steps {
		r.result.Passes[i].Name = s.Name
	}
	r.faults, _ = faultsOf(g, nil)
	r.bytes = constantBytes(g)
	defer func() { r.result.Changes = r.budget.taken }()
	for r.result.Rounds < opts.MaxRounds {
		r.result.Rounds++
		changed, err := r.round(ctx, steps)
		if err != nil {
			return r.result, err
		}
		if !changed && !r.waits || r.budget.refused {
			r.result.Converged = !changed && !r.budget.refused
			break
		}
	}
	return r.result, nil
}

type runner struct {
	graph   *graph.Graph
	opts    Options
	budget  budget
	result  *Result
	changes int
	faults  faults // before the pass that runs
	bytes   int64  // of the constants
	waits   bool   // whether a pass of this round left something for the next one
}

func (r *runner) round(ctx context.Context, steps []Step) (changed bool, err error) {
	r.waits = false
	for i, s := range steps {
		n, err := r.step(ctx, s, &r.result.Passes[i])
		if err != nil {
			return changed, err
		}
		changed = changed || n > 0
	}
	if err := sound(r.graph); err != nil { // fields of nodes can be changed in secret
		return changed, fmt.Errorf("a pass of round %d left an invalid graph, and did not say that it changed it: %w", r.result.Rounds, err)
	}
	return changed, nil
}

// step runs one pass once and returns the number of its rewrites.
func (r *runner) step(ctx context.Context, s Step, into *PassResult) (int, error) {
	before, earlier, edits := Signature(r.graph), r.budget.taken, r.graph.Edits()
	start := time.Now()
	w, err := r.watched(ctx, s.Pass)
	into.Elapsed += time.Since(start)
	fault := func(left bool, format string, args ...any) (int, error) {
		return 0, &PassError{Pass: s.Name, err: fmt.Errorf("pass %s"+format, append([]any{s.Name}, args...)...), Rewrites: earlier, Left: left}
	}
	if stopped, ok := errors.AsType[*Stopped](err); ok && stopped.loose {
		return fault(false, ": %w", err)
	}
	if into.Rewrites == nil {
		into.Rewrites = w.rewrites
	} else {
		into.Rewrites = append(into.Rewrites, w.rewrites...)
	}
	if !w.rested {
		into.Refusals = w.refusals
	}
	r.waits = r.waits || w.waits
	if w.program != nil {
		into.Program = w.program
	}
	r.result.kept = append(r.result.kept, w.kept...)
	into.Visits += w.work.visits(r.graph)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = w.work.check(r.graph)
	}
	if err != nil {
		return fault(false, ": %w", err)
	}
	w.look()
	if r.budget.taken > earlier || r.graph.Edits() != edits {
		if err := sound(r.graph); err != nil {
			return fault(!w.strayed, " left an invalid graph: %w", err)
		}
	}
	if w.strayed {
		return fault(false, " changed the graph without saying so")
	}
	if r.budget.taken > earlier {
		bytes := constantBytes(r.graph)
		into.ConstantBytes += bytes - r.bytes
		r.bytes = bytes
		now, err := faultsOf(r.graph, r.faults)
		if err != nil {
			return fault(true, " brought in what ONNX does not allow: %w", err)
		}
		r.faults = now
	}
	if list := changed(before, Signature(r.graph)); len(list) > 0 {
		if !mayChangeInterface(s.Pass) {
			return fault(true, " changed the interface, and does not say that it may: %s", strings.Join(list, "; "))
		}
		declare(r.graph)
		if !slices.Equal(taken(before), taken(Signature(r.graph))) {
			r.result.Entrances = append(r.result.Entrances, r.graph.Model().Snapshot())
		}
		into.Interface = append(into.Interface, changed(before, Signature(r.graph))...)
	}
	if w.program != nil && len(w.rewrites) > 0 && into.Made == nil {
		into.Made = r.graph.Model().Snapshot()
	}
	if len(w.rewrites) > 0 && r.opts.Changed != nil {
		r.changes++
		if err := r.opts.Changed(r.changes, s.Name, r.graph); err != nil {
			return 0, err
		}
	}
	return len(w.rewrites), nil
}
