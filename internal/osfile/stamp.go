package osfile

import "os"

// Stamp of a file changes when the file is written or replaced, and when the machine starts again. Equal stamps spare
// reading the file.
type Stamp struct {
	Boot     string `json:"boot"` // "" where the system does not say which start of the machine this is
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // nanoseconds
	Changed  int64  `json:"changed"`  // nanoseconds; 0 where the system does not know
	Inode    uint64 `json:"inode"`    // 0 where there is none
}

// StampOf is the stamp that a file has now.
func StampOf(path string) (Stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Stamp{}, err
	}
	about, _ := identityOf(info)
	return Stamp{Boot: boot(), Size: info.Size(), Modified: info.ModTime().UnixNano(), Changed: changeTime(info), Inode: about.inode}, nil
}
