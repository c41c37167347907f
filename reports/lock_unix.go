//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package reports

import (
	"errors"
	"os"
	"syscall"
)

// lock locks the directory itself. A file system without locks goes without.
func lock(dir string) (func() error, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(errLocked, d.Close())
	}
	return d.Close, nil
}
