package cli

import "errors"

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
