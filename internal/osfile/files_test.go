package osfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Each operation asks for its fault first, and fails with it.
func TestFilesFail(t *testing.T) {
	dir, broken := t.TempDir(), errors.New("broken")
	file, err := os.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	operations := map[osfile.Op]func(osfile.Files) error{
		osfile.OpCreate: func(f osfile.Files) error { _, err := f.Create(filepath.Join(dir, "b")); return err },
		osfile.OpWrite:  func(f osfile.Files) error { _, err := io.WriteString(f.Writer(file), "text"); return err },
		osfile.OpSync:   func(f osfile.Files) error { return f.Sync(file) },
		osfile.OpChmod:  func(f osfile.Files) error { return f.Chmod(file, 0o600) },
		osfile.OpRename: func(f osfile.Files) error { return f.Rename(file.Name(), filepath.Join(dir, "c")) },
	}
	for op, run := range operations {
		var asked []osfile.Op
		ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, _ string) error {
			asked = append(asked, op)
			return broken
		})
		if err := run(osfile.FilesOf(ctx)); !errors.Is(err, broken) || !slices.Equal(asked, []osfile.Op{op}) {
			t.Errorf("%s: asked for %v, error %v", op, asked, err)
		}
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("it was written all the same: %v, %v", info, err)
	}
	for op, run := range operations {
		if op == osfile.OpRename {
			continue // the others need the file under its name
		}
		if err := run(osfile.FilesOf(t.Context())); err != nil {
			t.Errorf("%s without faults: %v", op, err)
		}
	}
	if err := operations[osfile.OpRename](osfile.Files{}); err != nil {
		t.Error(err)
	}
}
