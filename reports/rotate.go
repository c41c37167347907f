package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Measured reports whether the report holds times that were measured.
func (r *Report) Measured() bool { return len(r.Units) > 0 }

// Rotate gives the report in a directory another name, if it holds measurements: they took minutes, and a
// report without any must not take their place. It returns the new path, "" when nothing was moved.
func Rotate(dir string) (string, error) {
	path := filepath.Join(dir, FileName)
	r, err := Read(path)
	if err != nil || !r.Measured() {
		return "", nil //nolint:nilerr // What is no report holds no measurements.
	}
	aside, err := vacant(strings.TrimSuffix(path, ".json") + "-" + moment(r.Started))
	if err == nil {
		err = os.Rename(path, aside)
	}
	if err != nil {
		return "", fmt.Errorf("keep the report %s: %w", path, err)
	}
	return aside, nil
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
