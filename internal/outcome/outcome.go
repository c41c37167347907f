// Package outcome makes errors that match one of the outcomes that a caller tells apart, and read as what they say.
// An outcome itself is not in the text.
package outcome

import (
	"errors"
	"fmt"
)

// ErrUsage is matched by errors that the caller's request caused.
var ErrUsage = errors.New("the request is not valid")

// outcome is an error of its own text that matches one of the outcomes.
type outcome struct {
	kind error
	error
}

func (o outcome) Is(target error) bool { return target == o.kind }
func (o outcome) Unwrap() error        { return o.error }

// Errorf is [fmt.Errorf] for an error that matches kind as well.
func Errorf(kind error, format string, args ...any) error {
	return outcome{kind, fmt.Errorf(format, args...)}
}

// Usagef is [Errorf] of [ErrUsage].
func Usagef(format string, args ...any) error { return Errorf(ErrUsage, format, args...) }
