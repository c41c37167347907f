//go:build unix

package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

// nonBlocking keeps opening a named pipe from waiting for a writer.
const nonBlocking = unix.O_NONBLOCK

func mapFile(f *os.File, size int) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_PRIVATE)
}

func unmapFile(b []byte) error { return unix.Munmap(b) }

// releaseFile gives the pages of a mapping back until they are read again.
func releaseFile(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) } // an advice only
