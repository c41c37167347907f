package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// arm is an opened model with its inputs in place.
type arm struct {
	model   backends.Model
	session backends.Session
	run     func() error // one inference, untimed
	outputs func() (tensor.Map, error)
	first   tensor.Map // the first answer
	start   ColdStart
	timer   timer
	spun    *spun   // nil for an arm that is not slowed down
	pause   float64 // share of the time of a run for which it spins afterwards, untimed; see [Server.slow]
}

// openArm opens a model, binds its inputs where the session can, and runs it once.
func (s *Server) openArm(ctx context.Context, model backends.Model, inputs tensor.Map) (*arm, error) {
	// The open function of the worker has tuned the engine, the same for all arms: there is nothing to add.
	began := s.Clock()
	session, err := s.backend.Open(ctx, model, backends.Tuning{})
	opened := s.Clock()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", model.Name, err)
	}
	a := &arm{model: model, session: session}
	if binder, ok := session.(backends.Binder); ok {
		bound, err := binder.Bind(ctx, inputs)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bind inputs of %s: %w", model.Name, err), session.Close())
		}
		a.run, a.outputs = bound.Run, bound.Outputs
	} else {
		var last tensor.Map
		a.run = func() (err error) { last, err = session.Run(ctx, inputs); return err }
		a.outputs = func() (tensor.Map, error) { return last, nil }
	}
	if own, ok := session.(backends.Timer); ok {
		a.timer = engineTimer{session: own, inputs: inputs}
	} else {
		a.timer = &hostTimer{run: a.run, clock: s.Clock}
	}
	bound := s.Clock()
	if err := a.run(); err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", model.Name, err), session.Close())
	}
	if _, elsewhere := session.(backends.Timer); !elsewhere {
		a.start = ColdStart{Load: opened - began, First: s.Clock() - bound}
	}
	if a.first, err = a.result(); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return a, nil
}

// result returns the outputs of the last run.
func (a *arm) result() (tensor.Map, error) {
	out, err := a.outputs()
	if err != nil {
		return nil, fmt.Errorf("read outputs of %s: %w", a.model.Name, err)
	}
	return out, nil
}
