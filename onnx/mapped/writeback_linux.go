package mapped

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// begin starts writing a part of a file to the disk.
func (d disk) begin(at, size int64) {
	_ = unix.SyncFileRange(int(d.f.Fd()), at, size, unix.SYNC_FILE_RANGE_WRITE) // an advice only
}

// await waits until a part of a file that was begun is on the disk.
func (d disk) await(at, size int64) error {
	if size == 0 {
		return nil // to the system 0 is all that follows
	}
	err := unix.SyncFileRange(int(d.f.Fd()), at, size, unix.SYNC_FILE_RANGE_WAIT_BEFORE)
	if err == nil || notAsked(err) {
		return nil
	}
	return fmt.Errorf("write %s: %w", d.f.Name(), err)
}

// notAsked reports an error of the call itself, which a system does not know, forbids or interrupts. Every other one is of the disk, or of
// the server that stands for it: ESTALE, EACCES or ETIMEDOUT of a network's file system, for one.
func notAsked(err error) bool {
	return slices.ContainsFunc([]error{unix.ENOSYS, unix.EOPNOTSUPP, unix.EPERM, unix.EINVAL, unix.ESPIPE, unix.EBADF, unix.EINTR},
		func(e error) bool { return errors.Is(err, e) })
}
