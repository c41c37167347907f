package acdeploy

import (
	"errors"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// The outcomes that a caller tells apart. Any other error is a failure for the reason it gives.
var (
	ErrUsage   = outcome.ErrUsage // the request is not valid
	ErrDiffer  = errors.New("the answers differ")
	ErrMissing = errors.New("a required engine is missing")
	ErrInvalid = errors.New("the measurement is invalid or incomplete")
	ErrGate    = errors.New("a gate failed")
)

func outcomef(kind error, format string, args ...any) error {
	return outcome.Errorf(kind, format, args...)
}
