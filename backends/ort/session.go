package ort

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/tensor"
)

// session is a model that onnxruntime has opened.
type session struct {
	model   backends.Model
	io      ortc.Interface
	options ortc.Options
	free    *ortc.Session // runs on changing inputs; nil while a bound run takes its place
	bound   *bound
	last    tensor.Map // inputs of the last run, with which Plan runs
	closed  bool
}

var (
	_ backends.Session = (*session)(nil)
	_ backends.Binder  = (*session)(nil)
	_ backends.Planner = (*session)(nil)
)

// Open loads the model. Model.Inputs are those that have no initializer; when the model declares no
// interface at all, the library is asked for it.
func (o *ORT) Open(ctx context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	o, err := o.tuned(tuning)
	if err != nil {
		return nil, err
	}
	if err := o.Check(ctx); err != nil {
		return nil, err
	}
	level, err := o.level()
	if err != nil {
		return nil, err
	}
	s := &session{
		model:   model,
		io:      ortc.Interface{Inputs: model.Inputs, Outputs: model.Outputs},
		options: o.sessionOptions(level),
	}
	if o.Provider == "tensorrt" && !o.TF32 {
		if err := ortc.ForbidTF32(); err != nil {
			return nil, err
		}
	}
	if len(model.Inputs)+len(model.Outputs) == 0 {
		if s.io, err = ortc.Describe(model.Path); err != nil {
			return nil, fmt.Errorf("open %s in onnxruntime: %w", model.Name, explained(model, err))
		}
	}
	if err := checkInterface(s.io); err != nil {
		return nil, fmt.Errorf("open %s in onnxruntime: %w", model.Name, err)
	}
	start := s.open
	if o.Provider != "cpu" {
		start = func() error { return s.place(ctx) }
	}
	if err := start(); err != nil {
		s.release()
		if o.Provider != "cpu" {
			if absent := o.absent(err); absent != nil {
				return nil, absent
			}
		}
		return nil, err
	}
	return s, nil
}

// sessionOptions are the options as internal/ortc takes them.
func (o *ORT) sessionOptions(level ortc.Level) ortc.Options {
	return ortc.Options{
		Level: level, Threads: max(o.OwnThreads(), 1), InterOpThreads: o.InterOpThreads, Config: o.Session,
		Provider: o.Provider, ProviderConfig: o.options(o.Provider),
	}
}

// open loads the model for runs on changing inputs, unless it is loaded.
func (s *session) open() error {
	if s.closed {
		return fmt.Errorf("run %s: the session is closed", s.model.Name)
	}
	if s.free != nil {
		return nil
	}
	free, err := ortc.Open(s.model.Path, s.io, s.options)
	if err != nil {
		return fmt.Errorf("open %s in onnxruntime: %w", s.model.Name, explained(s.model, err))
	}
	s.free = free
	return nil
}

// Run computes all outputs from all inputs. It ends soon after ctx does.
func (s *session) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	values, err := inputs(s.io.Inputs, in)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", s.model.Name, err)
	}
	defer closeAll(values)
	s.last = in
	out, err := s.run(ctx, values, in)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", s.model.Name, err)
	}
	return out, nil
}

func (s *session) run(ctx context.Context, values []*ortc.Value, in tensor.Map) (tensor.Map, error) {
	out, err := s.learn(ctx, s.free, values, in)
	defer closeAll(out)
	if err != nil {
		return nil, err
	}
	return tensors(s.io.Outputs, out)
}

// runOnce runs the model and stops it when ctx ends.
func runOnce(ctx context.Context, s *ortc.Session, in, out []*ortc.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	canceller, err := ortc.NewCanceller()
	if err != nil {
		return err
	}
	defer canceller.Close()
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		canceller.Cancel()
		close(cancelled)
	})
	err = s.Run(in, out, canceller)
	if !stop() {
		<-cancelled // so that nothing uses the canceller once it is closed
		return ctx.Err()
	}
	return err
}

// Close frees the model; a second call does nothing.
func (s *session) Close() error {
	s.closed = true
	s.last = nil
	s.release()
	if s.bound != nil {
		s.bound.close()
		s.bound = nil
	}
	return nil
}

// release frees what runs on changing inputs.
func (s *session) release() {
	if s.free != nil {
		s.free.Close()
		s.free = nil
	}
}

// tensors copies values out of the library.
func tensors(specs []tensor.Spec, values []*ortc.Value) (tensor.Map, error) {
	out := tensor.Map{}
	for i, v := range values {
		t, err := v.Tensor()
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", specs[i].Name, err)
		}
		out[specs[i].Name] = t
	}
	return out, nil
}

func closeAll(values []*ortc.Value) {
	for _, v := range values {
		if v != nil {
			v.Close()
		}
	}
}

// checkInterface refuses what the library could not be handed, before it is.
func checkInterface(io ortc.Interface) error {
	if len(io.Inputs) == 0 || len(io.Outputs) == 0 {
		return errors.New("the model has no inputs or no outputs; there is nothing to run")
	}
	for _, spec := range io.Inputs {
		if !ortc.Carries(spec.Type) {
			return fmt.Errorf("input %s: acdeploy cannot pass a value of type %s to onnxruntime", spec.Name, spec.Type)
		}
	}
	for _, spec := range io.Outputs {
		if !ortc.Carries(spec.Type) {
			return fmt.Errorf("output %s: acdeploy cannot read a value of type %s from onnxruntime", spec.Name, spec.Type)
		}
	}
	return nil
}
