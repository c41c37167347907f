package mapped

import (
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// namedByContent is the name that [contentName] gives. Its group is the name of the model.
var namedByContent = regexp.MustCompile(`^(.+)\.[0-9a-f]{16}\.data$`)

// Strays lists the data files in a folder that a writer left which was killed after its data had a name and before its
// model had: no model there refers to them, and they are older than a writer may take.
func Strays(folder string) []string {
	return strays(folder, func(string) bool { return true })
}

// strays are those of [Strays] whose model has a name that the caller wants.
func strays(folder string, wanted func(model string) bool) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	before := time.Now().Add(-osfile.WriterLimit)
	var found []string
	for _, e := range entries {
		name := namedByContent.FindStringSubmatch(e.Name())
		if name == nil || !wanted(name[1]) {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) && isStray(e.Name(), filepath.Join(folder, name[1])) {
			found = append(found, filepath.Join(folder, e.Name()))
		}
	}
	return found
}

// isStray reports whether neither the model at path nor another one next to it refers to a data file.
func isStray(data, path string) bool {
	if _, err := os.Lstat(path); !os.IsNotExist(err) && contains(path, data) {
		return false
	}
	return !named(data, path)
}

// sweepData removes the strays of the models that had the name of this one. Whoever writes that name has a hidden folder
// for it until the end. If there is one of somebody else, the strays stay: they may be his, where names cannot be locked.
func (s *Staged) sweepData() {
	dir, base := filepath.Split(s.path)
	found := strays(filepath.Clean(dir), func(model string) bool { return model == base })
	if len(found) == 0 {
		return
	}
	for _, path := range osfile.Waiting(s.path) {
		if filepath.Base(path) != filepath.Base(s.folder) {
			return
		}
	}
	for _, data := range found {
		// Whoever ended since they were found has a model by now that refers to his.
		if !s.options.Source.SameFile(data) && isStray(filepath.Base(data), s.path) {
			_ = os.Remove(data)
		}
	}
}
