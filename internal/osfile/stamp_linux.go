package osfile

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// boot names this start of the machine.
func boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // "" where it cannot be read
	return strings.TrimSpace(string(id))
}

// changeTime is when anything of a file changed. No program can set it back.
func changeTime(info fs.FileInfo) int64 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return s.Ctim.Nano()
}
