package cli

import (
	"errors"

	"github.com/acdeploy/acdeploy/internal/home"
)

// expand expands the ~ of a positional argument.
func expand(path string) (string, error) { return home.Expand(path) }

func joinErrors(errs ...error) error {
	var real []error
	for _, err := range errs {
		if err != nil {
			real = append(real, err)
		}
	}
	if len(real) == 1 {
		return real[0]
	}
	return errors.Join(real...)
}
