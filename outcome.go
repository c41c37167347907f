package acdeploy

import (
	"errors"
	"fmt"
)

// The outcomes that a caller tells apart. Any other error is a failure for the reason it gives.
var (
	ErrUsage   = errors.New("the request makes no sense")
	ErrDiffer  = errors.New("the answers differ")
	ErrMissing = errors.New("a required engine is missing")
	ErrInvalid = errors.New("the measurement is invalid or incomplete")
	ErrGate    = errors.New("the latency gate failed")
)

// outcome is an error that matches one of the outcomes.
type outcome struct {
	kind  error
	text  string
	cause error // may be nil
}

func (o *outcome) Error() string        { return o.text }
func (o *outcome) Is(target error) bool { return target == o.kind }
func (o *outcome) Unwrap() error        { return o.cause }

func outcomef(kind error, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &outcome{kind: kind, text: err.Error(), cause: errors.Unwrap(err)}
}
