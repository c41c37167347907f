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
	timer   timer
}

// openArm opens a model, binds its inputs where the session can, and runs it once.
func (s *Server) openArm(ctx context.Context, model backends.Model, inputs tensor.Map) (*arm, error) {
	// The open function of the worker has tuned the engine, the same for all arms: there is nothing to add.
	session, err := s.backend.Open(ctx, model, backends.Tuning{})
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
	if a.first, err = a.answer(); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return a, nil
}

// answer runs the arm once, untimed, and returns its outputs.
func (a *arm) answer() (tensor.Map, error) {
	if err := a.run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", a.model.Name, err)
	}
	return a.result()
}

// result returns the outputs of the last run.
func (a *arm) result() (tensor.Map, error) {
	out, err := a.outputs()
	if err != nil {
		return nil, fmt.Errorf("read outputs of %s: %w", a.model.Name, err)
	}
	return out, nil
}
