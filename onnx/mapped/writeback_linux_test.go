package mapped

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// TestErrorsOfTheDisk: only what says nothing of the disk is left to the flush at the end, which is not told again.
func TestErrorsOfTheDisk(t *testing.T) {
	for _, err := range []error{unix.EIO, unix.ENOSPC, unix.EDQUOT, unix.ESTALE, unix.EACCES, unix.EFBIG, unix.EROFS, unix.ETIMEDOUT, unix.ENXIO, unix.ENOTCONN} {
		if notAsked(fmt.Errorf("wait: %w", err)) {
			t.Errorf("%v is lost", err)
		}
	}
	for _, err := range []error{unix.ENOSYS, unix.EPERM, unix.EINVAL, unix.ESPIPE} {
		if !notAsked(err) {
			t.Errorf("%v is taken for an error of the disk", err)
		}
	}
}
