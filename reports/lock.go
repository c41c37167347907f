package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// errLocked says that another process has the directory.
var errLocked = errors.New("another acdeploy is writing there; wait for it, or name another directory")

// reason takes an error of the operating system without the call, which tells a reader nothing.
func reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// Lock keeps other processes from writing a report into the directory, which it makes where there is
// none. The lock ends with unlock or with the process.
func Lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, reason(err))
	}
	if unlock, err = lock(dir); err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, err)
	}
	return unlock, nil
}
