package library

import (
	"os"
	"syscall"
)

// errSharing is the system's answer when another process has the file open.
const errSharing = syscall.Errno(32)

// tryLock takes the lock file for this process by opening it unshared. The system lets go of it when
// the process ends.
func tryLock(path string) (unlock func(), held bool, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, false, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == errSharing:
		return nil, false, nil
	case err != nil:
		return nil, false, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { _ = syscall.CloseHandle(h) }, true, nil
}
