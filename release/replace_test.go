package release

import (
	"errors"
	"os"
	"path/filepath"
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

// One folder takes the place of another, in one step and in two.
func TestReplaceFolder(t *testing.T) {
	for name, replace := range map[string]func(from, path string) error{
		"one step":  func(from, path string) error { return replaceFolder(osfile.Files{}, from, path) },
		"two steps": moveAside,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := folderWith(t, filepath.Join(dir, "release"), "first")
			from := folderWith(t, filepath.Join(dir, ".new"), "second")
			if err := replace(from, path); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(path, "file")); err != nil || string(got) != "second" {
				t.Errorf("%q, %v", got, err)
			}
			if err := os.RemoveAll(from); err != nil {
				t.Fatal(err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("left %v", entries)
			}
		})
	}
}

// Where the new folder cannot be had, the earlier one is there again.
func TestReplaceFolderThatFails(t *testing.T) {
	dir := t.TempDir()
	path := folderWith(t, filepath.Join(dir, "release"), "first")
	full := errors.New("no")
	files := osfile.FilesOf(osfile.WithFaults(t.Context(), func(osfile.Op, string) error { return full }))
	if err := replaceFolder(files, filepath.Join(dir, ".new"), path); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := moveAside(filepath.Join(dir, "nowhere"), path); err == nil {
		t.Error("what is not there got a name")
	}
	if got, err := os.ReadFile(filepath.Join(path, "file")); err != nil || string(got) != "first" {
		t.Errorf("%q, %v", got, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}
