package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// FileName is the name of a report in its directory.
const FileName = "report.json"

// UnitsPath is where a measurement keeps its units in the folder of the report until the report holds them.
func UnitsPath(dir string) string { return filepath.Join(dir, "units.jsonl") }

// errLocked says that another process has the directory.
var errLocked = errors.New("another acdeploy is writing there; wait for it, or name another directory")

// Lock keeps other processes from writing a report into the directory, which it makes where there is
// none. The lock ends with unlock or with the process.
func Lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, osfile.Cause(err))
	}
	unlock, held, err := osfile.TryLockFolder(dir)
	if err == nil && !held {
		err = errLocked
	}
	if err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, err)
	}
	return unlock, nil
}

// Rotate gives the report in a directory another name, if it holds measurements: they took minutes, and a
// report without any must not take their place. It returns the new path, "" when nothing was moved.
func Rotate(dir string) (string, error) {
	path := filepath.Join(dir, FileName)
	r, err := Read(path)
	if err != nil || !r.Measured() {
		return "", nil //nolint:nilerr // What is no report holds no measurements.
	}
	kept, err := vacant(strings.TrimSuffix(path, ".json") + "-" + moment(r.Started))
	if err == nil {
		err = os.Rename(path, kept)
	}
	if err != nil {
		return "", fmt.Errorf("keep the report %s: %w", path, err)
	}
	return kept, nil
}

// moment writes a time so that it fits into the name of a file.
func moment(started string) string {
	at, err := time.Parse(time.RFC3339, started)
	if err != nil {
		return "earlier"
	}
	return at.UTC().Format("20060102T150405Z")
}

// vacant is the first name of a JSON file that nothing has yet.
func vacant(stem string) (string, error) {
	path := stem + ".json"
	for n := 2; ; n++ {
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		path = fmt.Sprintf("%s-%d.json", stem, n)
	}
}
