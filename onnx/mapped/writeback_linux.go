package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

// writeBack starts writing a part of a file to the disk.
func writeBack(f *os.File, at, size int64) {
	_ = unix.SyncFileRange(int(f.Fd()), at, size, unix.SYNC_FILE_RANGE_WRITE) // an advice only
}

// readAhead starts reading a part of a file from the disk.
func readAhead(f *os.File, at, size int64) {
	_ = unix.Fadvise(int(f.Fd()), at, size, unix.FADV_WILLNEED) // an advice only
}
