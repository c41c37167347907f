package bisect

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/reduce"
	"github.com/acdeploy/acdeploy/pipeline"
)

// fault names the pass that failed when all passes ran. The passes run on after the last rewrite that is allowed, so that a pass that fails
// by itself does so after any number of them: no rewrite is to blame. Where it returned, and what it left is wrong, one of its own is.
func (s *Search) fault(ctx context.Context, all *run) (*answer, error) {
	culprit, ok := errors.AsType[*pipeline.PassError](all.err)
	if !ok {
		return nil, all.err
	}
	a := &answer{
		found: &Found{Of: culprit.Rewrites, Pass: culprit.Pass, Fault: culprit},
		breaks: func(ctx context.Context, m *graph.Model) (bool, error) {
			r, err := s.after(ctx, m, -1)
			return err == nil && fails(r, culprit), err
		},
	}
	last := all.result.Changes
	if !culprit.Left || last == culprit.Rewrites {
		return a, nil
	}
	first, err := firstBad(culprit.Rewrites, last, func(n int) (bool, error) {
		s.tell("the model after %d of %d rewrites", n, last)
		r, err := s.after(ctx, s.Model, n)
		return err == nil && fails(r, culprit), err
	})
	if err != nil {
		return nil, err
	}
	a.found.Number, a.found.Of = first, last
	return s.rewrite(ctx, a)
}

// fails reports whether a run ended with a failure of the same pass.
func fails(r *run, culprit *pipeline.PassError) bool {
	again, ok := errors.AsType[*pipeline.PassError](r.err)
	return ok && again.Pass == culprit.Pass && again.Left == culprit.Left
}

// cutOutFault finds a small model on which the pass still fails. A pass that went over a limit is not started again: it may still run.
func (s *Search) cutOutFault(ctx context.Context, a *answer) error {
	f := a.found
	f.Extract = s.Model
	if _, stopped := errors.AsType[*pipeline.Stopped](f.Fault); stopped {
		return nil
	}
	for _, m := range []*graph.Model{fixed(s.Model, s.Inputs), s.Model} {
		small, err := s.smallest(ctx, m, a.breaks)
		if small != nil {
			f.Extract = small
		}
		if !errors.Is(err, reduce.ErrGood) {
			return err
		}
	}
	f.Whole = true
	return nil
}
