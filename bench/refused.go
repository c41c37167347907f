package bench

import (
	"errors"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/worker"
)

// refusedError is an engine's refusal to open a model.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

// refused makes an engine's own errors fatal.
func refused(err error) error {
	if _, said := errors.AsType[worker.Refusal](err); said {
		return &refusedError{err}
	}
	return err
}

// rejected is the error for inputs that an operator does not take, which every unit would meet; any other error stays as it is.
func (c condition) rejected(err error) error {
	r, ok := backends.RejectionOf(err)
	switch {
	case !ok:
		return err
	case len(c.samples) > 0:
		return &refusedError{outcome.Usagef("%s", r.Given())}
	}
	return &refusedError{outcome.Usagef("%s", r.Generated())}
}
