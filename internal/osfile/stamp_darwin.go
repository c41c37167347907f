package osfile

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// boot names this start of the machine.
func boot() string {
	id, _ := unix.Sysctl("kern.bootsessionuuid") // "" where it cannot be read
	return id
}

// changeTime is when anything of a file changed. No program can set it back.
func changeTime(info fs.FileInfo) int64 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return s.Ctimespec.Nano()
}
