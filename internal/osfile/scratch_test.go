package osfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// What a killed process left for itself is removed, with a model that was being written. What is young, held, of another user,
// or looks only similar stays.
func TestReliability10SweepScratch(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing is swept here")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	const left, writing, program, nested = ".acdeploy-verify.0123456789abcdef.tmp", ".acdeploy-strength.0123456789abcdef.tmp", ".acdeploy-pass.0123456789abcdef.tmp", ".acdeploy-verify.fedcba9876543210.tmp"
	past := time.Now().Add(-time.Hour)
	aged(t, dir, left+"/")
	aged(t, dir, writing+"/")
	aged(t, filepath.Join(dir, writing), ".m.onnx.0123456789abcdef.tmp/")
	aged(t, dir, nested+"/")
	aged(t, filepath.Join(dir, nested), "own/")
	aged(t, dir, program+"/") // which may make folders in its own
	aged(t, filepath.Join(dir, program), "out/")
	stay := []string{".acdeploy-verify.0123456789abcdeg.tmp", "acdeploy-verify.0123456789abcdef.tmp", ".other.0123456789abcdef.tmp", nested}
	for _, name := range stay[:3] {
		aged(t, dir, name+"/")
	}
	aged(t, dir, ".acdeploy-file.0123456789abcdef.tmp")
	held, remove, err := osfile.MakeScratch("verify")
	if err != nil {
		t.Fatal(err)
	}
	young := filepath.Join(dir, ".acdeploy-profile.0123456789abcdef.tmp")
	for _, folder := range []string{filepath.Join(dir, writing), filepath.Join(dir, program), filepath.Join(dir, nested), held} {
		if err := os.Chtimes(folder, past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(young, 0o700); err != nil {
		t.Fatal(err)
	}
	stay = append(stay, foreigner(t, dir)...)
	osfile.SweepScratch()
	got := names(t, dir)
	for _, name := range []string{left, writing, program} {
		if slices.Contains(got, name) {
			t.Errorf("%s stayed", name)
		}
	}
	for _, name := range append(stay, ".acdeploy-file.0123456789abcdef.tmp", filepath.Base(held), filepath.Base(young)) {
		if !slices.Contains(got, name) {
			t.Errorf("%s was removed", name)
		}
	}
	if left, want := osfile.LeftScratch(), []string{young, filepath.Join(dir, nested)}; !slices.Equal(left, want) {
		t.Errorf("left over after that: %v, want %v", left, want)
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(held); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not needed any more stayed: %v", err)
	}
}

// foreigner makes an old folder of another user and returns its name; none where this user must not.
func foreigner(t *testing.T, dir string) []string {
	t.Helper()
	const name = ".acdeploy-foreign.0123456789abcdef.tmp"
	aged(t, dir, name+"/")
	if err := os.Chown(filepath.Join(dir, name), 4711, 4711); err != nil {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	return []string{name}
}

func TestNoFolderForScratch(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "absent"))
	osfile.SweepScratch()
	if _, _, err := osfile.MakeScratch("verify"); runtime.GOOS != "windows" && (err == nil || osfile.LeftScratch() != nil) {
		t.Errorf("got %v", err)
	}
}
