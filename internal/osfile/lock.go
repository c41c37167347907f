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

// lockSuffix ends the names of the files by which names are locked, so that nobody takes them for something else.
const lockSuffix = ".acdeploy.lock"

// LockName takes the lock of a name that a file is to get, whether or not there is such a file. It does not wait: held
// is false while somebody else has the lock. The lock is a hidden file in the same folder, which goes with unlock. Where
// no such file can be made or locked it goes without: held is then true.
func LockName(path string) (unlock func(), held bool) {
	folder, base := filepath.Split(path)
	lock := newLock(folder+"."+base+lockSuffix, os.O_CREATE|os.O_RDWR)
	for {
		switch held, err := lock.TryLock(); {
		case err != nil:
			return func() {}, true
		case !held:
			return nil, false
		case isCurrent(lock):
			return func() { release(lock) }, true
		}
		_ = lock.Unlock() // whoever had it took the file away: a new one is made
	}
}

// isCurrent reports whether the file that is locked is still the one of its name.
func isCurrent(lock *flock.Flock) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(locked, named)
}

// release takes the file of a lock away and ends the lock. What stays of it hinders nobody.
func release(lock *flock.Flock) {
	if runtime.GOOS == "windows" { // a file that is open cannot be removed there
		_ = lock.Unlock()
		_ = os.Remove(lock.Path())
		return
	}
	_ = os.Remove(lock.Path())
	_ = lock.Unlock()
}

func newLock(path string, flag int) *flock.Flock {
	return flock.New(path, flock.SetFlag(flag), flock.SetPermissions(0o644))
}

func tryLock(path string, flag int) (unlock func() error, held bool, err error) {
	lock := newLock(path, flag)
	held, err = lock.TryLock()
	if _, named := errors.AsType[*fs.PathError](err); err != nil && !named {
		err = &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return lock.Unlock, held, err
}
