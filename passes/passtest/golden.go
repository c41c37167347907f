package passtest

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The flag of go test has to be there before it reads its arguments, so a variable is the one place for it.
var update = flag.Bool("update", false, "write the golden files") //nolint:gochecknoglobals // see above

// Updating reports whether go test was called with -update: golden files are to be written, not compared. A test with
// golden files of its own asks here, because a second flag of that name would be an error.
func Updating() bool { return *update }

// golden compares a text with a file, or writes the file.
func golden(path, got string) error {
	if Updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(got), 0o644)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s; write it with go test -update, and read it", path)
	}
	if err != nil {
		return err
	}
	want := strings.ReplaceAll(string(text), "\r\n", "\n")
	if got == want {
		return nil
	}
	line, is, was := firstOther(got, want)
	return fmt.Errorf("%s:%d is\n\t%s\nbut what comes of it is\n\t%s\nif that is right, go test -update writes it", path, line, was, is)
}

// firstOther is the first line in which two texts differ, with its number.
func firstOther(got, want string) (number int, is, was string) {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; ; i++ {
		switch {
		case i >= len(g):
			return i + 1, "", w[i]
		case i >= len(w):
			return i + 1, g[i], ""
		case g[i] != w[i]:
			return i + 1, g[i], w[i]
		}
	}
}
