// Package bisect finds the rewrite that breaks a model.
//
//	rewrites  0 1 2 3 4 5 6 7 8      the passes, stopped after so many
//	model     ✓       ✓   ✗   ✗      good or bad: a binary search finds the first that is bad
//
// What is bad is for a [Test] to say. What the rewrite changed is then cut out, and made as small as it can be while the passes
// still break it.
package bisect

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/reduce"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Nothing is the error of a search that finds no rewrite which breaks the model.
type Nothing struct {
	Rewrites int // how many were made
}

// Error says so.
func (n *Nothing) Error() string {
	return fmt.Sprintf("nothing is wrong: no rewrite of %d breaks it", n.Rewrites)
}

// Search is a search for a bad rewrite.
type Search struct {
	Model *graph.Model
	// Steps makes the passes, for each run anew.
	Steps  func() ([]pipeline.Step, error)
	Limits pipeline.Options
	// Tests are asked one after the other about the model after all rewrites. The first that calls it bad is the one that is asked about
	// fewer.
	Tests []Test
	// Runs reports whether a model can be run at all; see [reduce.Options].
	Runs func(ctx context.Context, m *graph.Model) error
	// Inputs are some that the model takes: a part of it is cut out for the sizes that they have.
	Inputs tensor.Map
	// Tell is told what is going on; nil for nobody.
	Tell func(note string)
}

// Test says whether a model is bad after rewrites: made came of original. Where both are one, no rewrite was made. Entrances are those of
// [pipeline.Result].
type Test func(ctx context.Context, original, made *graph.Model, entrances []*graph.Model) (bad bool, err error)

// Found is a rewrite that breaks a model.
type Found struct {
	Number int // which of the rewrites it is, from 1; 0 for a pass that fails by itself
	Of     int // how many there are; those before the fault where a pass fails by itself
	Pass   string
	pipeline.Rewrite
	// Fault is the error of the pass, where it failed or left no sound graph; nil otherwise.
	Fault error
	// Before is the part of the model that the rewrite changed, as it was before it, and After what became of it. They are nil where
	// that cannot be cut out, such as of a graph that is not sound.
	Before, After *graph.Model
	// Extract is the smallest part of the model before the rewrite that the passes still break, or on which the pass still fails. It is
	// the whole model where a pass went over a limit: each look would take as long.
	Extract *graph.Model
	// Whole says that no part alone is broken by the passes: the extract is not one that shows the fault.
	Whole bool
}

// Run searches, and cuts out what shows the fault. The error is a [Nothing] where no rewrite breaks the model.
func (s *Search) Run(ctx context.Context) (*Found, error) {
	a, err := s.first(ctx)
	if err != nil {
		return nil, err
	}
	return a.found, s.cutOut(ctx, a)
}

// First searches, and cuts nothing out.
func (s *Search) First(ctx context.Context) (*Found, error) {
	a, err := s.first(ctx)
	if err != nil {
		return nil, err
	}
	return a.found, nil
}

// answer is what a search found, with the models before and after the rewrite.
type answer struct {
	found   *Found
	was, is *run
	// breaks reports whether a part shows the same.
	breaks reduce.Check
}

func (s *Search) first(ctx context.Context) (*answer, error) {
	all, err := s.after(ctx, s.Model, -1)
	if err != nil {
		return nil, err
	}
	if all.err != nil {
		return s.fault(ctx, all)
	}
	last := all.result.Changes
	test, err := s.choose(ctx, all)
	if err != nil {
		return nil, err
	}
	first, err := firstBad(0, last, func(n int) (bool, error) {
		s.tell("the model after %d of %d rewrites", n, last)
		return s.bad(ctx, test, n)
	})
	if err != nil {
		return nil, err
	}
	return s.rewrite(ctx, &answer{found: &Found{Number: first, Of: last}, breaks: func(ctx context.Context, m *graph.Model) (bool, error) { return s.breaks(ctx, test, m) }})
}

// rewrite fills in the rewrite of a number.
func (s *Search) rewrite(ctx context.Context, a *answer) (_ *answer, err error) {
	if a.was, err = s.after(ctx, s.Model, a.found.Number-1); err != nil {
		return nil, err
	}
	if a.is, err = s.after(ctx, s.Model, a.found.Number); err != nil {
		return nil, err
	}
	a.found.Fault = a.is.err
	a.found.name(a.was.result, a.is.result)
	return a, nil
}

// run is a model after some rewrites.
type run struct {
	model  *graph.Model
	result *pipeline.Result
	err    error // of a pass
}

// after makes some rewrites: 0 none, less than 0 all.
func (s *Search) after(ctx context.Context, m *graph.Model, n int) (*run, error) {
	r := &run{model: m, result: &pipeline.Result{}}
	if n == 0 {
		return r, nil
	}
	steps, err := s.Steps()
	if err != nil {
		return nil, err
	}
	o := s.Limits
	if n > 0 {
		o.MaxRewrites = n
	}
	changes := 0
	o.Changed = func(number int, _ string, _ *graph.Graph) error { changes = number; return nil }
	r.model = m.Clone()
	r.result, r.err = pipeline.Run(ctx, r.model.Graph, steps, o)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if p, ok := errors.AsType[*pipeline.PassError](r.err); ok && n > 0 && p.Rewrites >= n { // it failed on a graph that is not yet what it needs
		return s.until(ctx, m, o, changes)
	}
	if r.result == nil {
		return nil, r.err // the model was not sound before
	}
	return r, nil
}

// until makes rewrites, and runs no pass after the one that made the change of a number.
func (s *Search) until(ctx context.Context, m *graph.Model, o pipeline.Options, change int) (*run, error) {
	steps, err := s.Steps()
	if err != nil {
		return nil, err
	}
	enough := errors.New("enough")
	o.Changed = func(number int, _ string, _ *graph.Graph) error {
		if number == change {
			return enough
		}
		return nil
	}
	r := &run{model: m.Clone()}
	if r.result, r.err = pipeline.Run(ctx, r.model.Graph, steps, o); errors.Is(r.err, enough) {
		r.err = nil
	}
	return r, context.Cause(ctx)
}

// choose finds the test that calls the model bad after all rewrites.
func (s *Search) choose(ctx context.Context, all *run) (Test, error) {
	for _, test := range s.Tests {
		if all.result.Changes == 0 {
			break
		}
		s.tell("the model after all of %d rewrites", all.result.Changes)
		bad, err := test(ctx, s.Model, all.model, all.result.Entrances)
		if err != nil {
			return nil, err
		}
		if !bad {
			continue
		}
		if bad, err = test(ctx, s.Model, s.Model, nil); err != nil {
			return nil, err
		}
		if bad {
			return nil, errors.New("it is bad before any rewrite, so that no rewrite can be blamed; give a check for which the model as it is is good")
		}
		return test, nil
	}
	return nil, &Nothing{all.result.Changes}
}

// bad asks a test about the model after some rewrites.
func (s *Search) bad(ctx context.Context, test Test, n int) (bool, error) {
	r, err := s.after(ctx, s.Model, n)
	if err == nil {
		err = r.err
	}
	if err != nil {
		return false, err
	}
	return test(ctx, s.Model, r.model, r.result.Entrances)
}

// firstBad finds the first of the numbers after low up to high that is bad. low is good, and high is bad.
func firstBad(low, high int, bad func(n int) (bool, error)) (int, error) {
	for high-low > 1 {
		mid := low + (high-low)/2
		is, err := bad(mid)
		if err != nil {
			return 0, err
		}
		if is {
			high = mid
		} else {
			low = mid
		}
	}
	return high, nil
}

// name finds the record that the second run has and the first has not.
func (f *Found) name(was, is *pipeline.Result) {
	for i, p := range is.Passes {
		before := 0
		if i < len(was.Passes) {
			before = len(was.Passes[i].Rewrites)
		}
		if len(p.Rewrites) > before {
			f.Pass, f.Rewrite = p.Name, p.Rewrites[len(p.Rewrites)-1]
		}
	}
}

// cutOut cuts out what the rewrite changed, and what of it the passes still break.
func (s *Search) cutOut(ctx context.Context, a *answer) error {
	f, was, is := a.found, a.was, a.is
	if f.Number == 0 {
		return s.cutOutFault(ctx, a)
	}
	changed := []*graph.Node{}
	was = &run{model: fixed(was.model, s.Inputs), result: was.result}
	if is.err == nil {
		var became []*graph.Node
		after := fixed(is.model, s.Inputs)
		changed, became = between(was.model, after)
		f.After = reduce.Keep(after, became)
	} else {
		for n := range was.model.Graph.Nodes() {
			if n.Label() == f.Node {
				changed = append(changed, n)
			}
		}
	}
	f.Before = reduce.Keep(was.model, changed)
	for {
		s.tell("the extract: %d nodes", len(changed))
		if m := reduce.Keep(was.model, changed); m != nil {
			bad, err := a.breaks(ctx, m)
			if err != nil {
				return err
			}
			if bad {
				f.Extract, err = s.smallest(ctx, m, a.breaks)
				return err
			}
		}
		more := around(was.model, changed)
		if len(more) == len(changed) {
			break
		}
		changed = more
	}
	if f.Fault != nil {
		return s.cutOutFault(ctx, a)
	}
	if f.Extract, f.Whole = f.Before, true; f.Extract == nil {
		f.Extract = was.model
	}
	return nil
}

// breaks reports whether the passes break a model by itself that is good before.
func (s *Search) breaks(ctx context.Context, test Test, m *graph.Model) (bool, error) {
	r, err := s.after(ctx, m, -1)
	if err != nil {
		return false, err
	}
	if r.err != nil || r.result.Changes == 0 {
		return false, nil
	}
	bad, err := test(ctx, m, r.model, r.result.Entrances)
	if err != nil || !bad {
		return false, err
	}
	bad, err = test(ctx, m, m, nil)
	return !bad, err
}

// smallest reduces a model while a check still calls it bad.
func (s *Search) smallest(ctx context.Context, m *graph.Model, check reduce.Check) (*graph.Model, error) {
	return reduce.Model(ctx, m, reduce.Options{Check: check, Runs: s.Runs, Tell: func(p reduce.Progress) { s.tell("the extract: %s", p) }})
}

func (s *Search) tell(format string, args ...any) {
	if s.Tell != nil {
		s.Tell(fmt.Sprintf(format, args...))
	}
}
