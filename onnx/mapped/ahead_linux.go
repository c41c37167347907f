package mapped

import "golang.org/x/sys/unix"

// populate reads pages of a mapping. It is an advice only: where the system does not know it, they are read when they are used.
func populate(b []byte) { _ = unix.Madvise(b, unix.MADV_POPULATE_READ) }
