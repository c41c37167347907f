package bench

import (
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Watch is what a measurement rests on: files that must not change while it lasts. The zero value watches none.
type Watch struct{ files []watched }

type watched struct {
	path  string
	stamp osfile.Stamp
}

// NewWatch remembers files as they are now; of a folder those that are in it. What is not there is not watched.
func NewWatch(paths ...string) Watch {
	var w Watch
	for _, path := range paths {
		inside := []string{path}
		if entries, err := os.ReadDir(path); err == nil {
			inside = nil
			for _, e := range entries {
				inside = append(inside, filepath.Join(path, e.Name()))
			}
		}
		for _, file := range inside {
			if stamp, err := identity(file); err == nil {
				w.files = append(w.files, watched{file, stamp})
			}
		}
	}
	return w
}

// Changed is the first file that was written, replaced or removed since, "" for none.
func (w Watch) Changed() string {
	for _, f := range w.files {
		if now, err := identity(f.path); err != nil || now != f.stamp {
			return f.path
		}
	}
	return ""
}

// identity is the stamp of a file without what changes when only its name or its owner does.
func identity(path string) (osfile.Stamp, error) {
	stamp, err := osfile.StampOf(path)
	stamp.Changed, stamp.Boot = 0, ""
	return stamp, err
}
