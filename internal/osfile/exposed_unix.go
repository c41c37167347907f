//go:build unix

package osfile

import (
	"io/fs"
	"syscall"
)

// identityOf says what the system knows of a file.
func identityOf(info fs.FileInfo) (identity, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, false
	}
	return identity{owner: int(s.Uid), inode: s.Ino}, true
}
