package mapped

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestReadAheadOfTheDisk: afterwards all pages of a file are in the system's memory.
func TestReadAheadOfTheDisk(t *testing.T) {
	c := contentOf(t, make([]byte, 5*aheadAtOnce+1))
	if err := c.file.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fadvise(int(c.file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	if cold := missing(t, c.bytes); cold == 0 {
		t.Skip("the system does not let go of the pages of a file here")
	}
	if err := unix.Madvise(c.bytes[:1], unix.MADV_POPULATE_READ); err != nil {
		t.Skip("before Linux 5.14 the pages are read when they are used")
	}
	ahead(t, c)
	if cold := missing(t, c.bytes); cold > 0 {
		t.Errorf("%d pages are not in memory", cold)
	}
}

// missing are the pages of a mapping that are not in memory.
func missing(t *testing.T, b []byte) int {
	t.Helper()
	page := os.Getpagesize()
	in := make([]byte, (len(b)+page-1)/page)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(&in[0]))); errno != 0 {
		t.Fatal(errno)
	}
	n := 0
	for _, p := range in {
		if p&1 == 0 {
			n++
		}
	}
	return n
}
