package osfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// TryLock takes the lock of a file for this process, and makes the file where there is none. It does
// not wait: held is false while somebody else has the lock. The lock ends with unlock or with the
// process; the file stays.
func TryLock(path string) (unlock func() error, held bool, err error) {
	return tryLock(path, os.O_CREATE|os.O_RDWR)
}

// TryLockFolder takes the lock of a folder, as [TryLock] does of a file. It leaves no file where
// the system can lock the folder itself. A file system without locks goes without: held is then true.
func TryLockFolder(folder string) (unlock func() error, held bool, err error) {
	if runtime.GOOS == "windows" {
		return TryLock(filepath.Join(folder, ".lock")) // a folder cannot be locked there
	}
	d, err := os.Open(folder)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = d.Close() }() // nothing was written
	if unlock, held, err = tryLock(folder, os.O_RDONLY); err != nil {
		return func() error { return nil }, true, nil
	}
	return unlock, held, nil
}

func tryLock(path string, flag int) (unlock func() error, held bool, err error) {
	lock := flock.New(path, flock.SetFlag(flag), flock.SetPermissions(0o644))
	held, err = lock.TryLock()
	if _, named := errors.AsType[*fs.PathError](err); err != nil && !named {
		err = &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return lock.Unlock, held, err
}
