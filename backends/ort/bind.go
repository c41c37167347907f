package ort

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/tensor"
)

// bound is a run whose inputs and outputs stay in place.
type bound struct {
	name    string
	outputs []tensor.Spec
	values  []*ortc.Value // of the outputs; owned by run
	run     *ortc.Bound   // nil after close
	ran     bool
}

// Bind runs the model once to learn the shapes of the outputs, then makes it ready to run on the same
// inputs and outputs again and again. The model is loaded again for that, and the first copy freed, so
// that a measurement sees one copy with idle threads of no other.
func (s *session) Bind(ctx context.Context, in tensor.Map) (backends.Bound, error) {
	fail := func(err error) (backends.Bound, error) {
		return nil, fmt.Errorf("bind %s: %w", s.model.Name, err)
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	values, err := inputs(s.io.Inputs, in)
	if err != nil {
		return fail(err)
	}
	results, err := s.run(ctx, values, in)
	if err != nil {
		closeAll(values)
		return fail(err)
	}
	out, err := buffers(s.io.Outputs, results)
	if err != nil {
		closeAll(values)
		return fail(err)
	}
	if s.bound != nil {
		s.bound.close()
		s.bound = nil
	}
	s.release()
	options := s.options
	if options.Provider == "tensorrt" {
		options.ProviderConfig = withProfile(options.ProviderConfig, s.io.Inputs, in)
	}
	run, err := ortc.Bind(s.model.Path, s.io, options, values, out)
	if err != nil {
		return fail(err)
	}
	s.last = in
	s.bound = &bound{name: s.model.Name, outputs: s.io.Outputs, values: out, run: run}
	return s.bound, nil
}

// buffers makes outputs of the types and shapes of earlier results.
func buffers(specs []tensor.Spec, results tensor.Map) ([]*ortc.Value, error) {
	out := make([]*ortc.Value, len(specs))
	for i, spec := range specs {
		result := results[spec.Name]
		v, err := ortc.NewBuffer(result.Type(), result.Shape())
		if err != nil {
			closeAll(out)
			return nil, fmt.Errorf("output %s: %w", spec.Name, err)
		}
		out[i] = v
	}
	return out, nil
}

var errUnbound = errors.New("the session was closed or bound again")

// Run computes the outputs once. It allocates nothing unless it fails.
func (b *bound) Run() error {
	if b.run == nil {
		return fmt.Errorf("run %s: %w", b.name, errUnbound)
	}
	if err := b.run.Run(); err != nil {
		return fmt.Errorf("run %s: %w", b.name, err)
	}
	b.ran = true
	return nil
}

// Outputs copies the outputs of the last run.
func (b *bound) Outputs() (tensor.Map, error) {
	switch {
	case b.run == nil:
		return nil, fmt.Errorf("outputs of %s: %w", b.name, errUnbound)
	case !b.ran:
		return nil, fmt.Errorf("outputs of %s: the model has not run yet", b.name)
	}
	return tensors(b.outputs, b.values)
}

// close frees the run with its inputs and outputs; a second call does nothing.
func (b *bound) close() {
	if b.run != nil {
		b.run.Close()
		b.run = nil
	}
}
