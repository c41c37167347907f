package reports

import (
	"errors"
	"fmt"
	"os"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// errLocked says that another process has the directory.
var errLocked = errors.New("another acdeploy is writing there; wait for it, or name another directory")

// Lock keeps other processes from writing a report into the directory, which it makes where there is
// none. The lock ends with unlock or with the process.
func Lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, osfile.Cause(err))
	}
	unlock, held, err := osfile.TryLockFolder(dir)
	if err == nil && !held {
		err = errLocked
	}
	if err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, err)
	}
	return unlock, nil
}
