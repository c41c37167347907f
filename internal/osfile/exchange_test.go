package osfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// folderWith makes a folder with one file.
func folderWith(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "file"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReplaceFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "release")
	for _, text := range []string{"first", "second"} {
		from := folderWith(t, filepath.Join(dir, ".new"), text)
		if err := (osfile.Files{}).ReplaceFolder(from, path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(path, "file"))
		if err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("left %v", entries)
		}
	}
	full := errors.New("no")
	files := osfile.FilesOf(osfile.WithFaults(t.Context(), func(op osfile.Op, at string) error {
		if op == osfile.OpRename && at == path {
			return full
		}
		return nil
	}))
	if err := files.ReplaceFolder(folderWith(t, filepath.Join(dir, ".new"), "third"), path); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(path, "file")); err != nil || string(got) != "second" {
		t.Errorf("the earlier folder is %q, %v", got, err)
	}
}

func TestFolderMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no such permissions there")
	}
	dir := t.TempDir()
	folder := folderWith(t, filepath.Join(dir, "new"), "")
	for _, c := range []struct{ file, want os.FileMode }{{0o644, 0o755}, {0o664, 0o775}, {0o600, 0o700}, {0o666, 0o777}} {
		if err := os.Chmod(filepath.Join(folder, "file"), c.file); err != nil {
			t.Fatal(err)
		}
		if err := osfile.FolderMode(folder, "file", filepath.Join(dir, "absent")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != c.want {
			t.Errorf("of a file with %v: %v, %v", c.file, info.Mode(), err)
		}
	}
	old := folderWith(t, filepath.Join(dir, "old"), "")
	if err := os.Chmod(old, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := osfile.FolderMode(folder, "file", old); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
