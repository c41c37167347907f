package mapped

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// clockStep is more than the time by which the times of files go on, on the systems that are known.
const clockStep = 12 * time.Millisecond

// settle waits until a write would give a file another time than it has. It waits only for a file that was written a
// moment ago.
func settle(info fs.FileInfo) {
	if age := time.Since(info.ModTime()); age >= 0 && age < clockStep {
		time.Sleep(clockStep - age)
	}
}

// Unchanged is an error if somebody wrote to one of the files since it was opened: then what was read of it may be of
// the one content or the other. It is none if the file of that name is another one by now, since that is not read.
func (f *File) Unchanged() error {
	for _, c := range f.files() {
		info, err := c.file.Stat()
		if err != nil {
			return fmt.Errorf("read %s: %w", c.path, osfile.Cause(err))
		}
		if info.Size() != c.info.Size() || !info.ModTime().Equal(c.info.ModTime()) {
			return fmt.Errorf("the file %s changed while it was read; run this again when nobody writes to it", c.path)
		}
	}
	return nil
}
