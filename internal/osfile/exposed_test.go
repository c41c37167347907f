package osfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A file that others than its owner may write is found, with the command that mends it.
func TestReliability8CheckExposed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions there")
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "library.so")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := CheckExposed(folder, file); err != nil {
		t.Errorf("what only its owner writes is exposed: %v", err)
	}
	for _, mode := range []os.FileMode{0o646, 0o666, 0o642} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		exposed, ok := errors.AsType[*Exposed](CheckExposed(folder, file))
		if !ok || exposed.Path != file || exposed.Remedy != "run: chmod o-w "+file {
			t.Errorf("%v: %+v", mode, exposed)
		}
	}
	if err := CheckExposed(filepath.Join(folder, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A file of another user is found.
func TestReliability8Foreign(t *testing.T) {
	for _, owner := range []int{0, 7} {
		if err := foreign("f", owner, 7); err != nil {
			t.Errorf("of %d for 7: %v", owner, err)
		}
	}
	for _, user := range []int{0, 7} {
		exposed, ok := errors.AsType[*Exposed](foreign("f", 8, user))
		if !ok || !strings.Contains(exposed.Error(), "f belongs to another user (8") {
			t.Errorf("of 8 for %d: %v", user, exposed)
		}
	}
}
