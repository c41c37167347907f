//go:build !linux

package release

import "errors"

// exchange is refused where the system cannot do it.
func exchange(string, string) error { return errors.ErrUnsupported }
