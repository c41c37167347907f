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

// aged writes a file, or makes a folder with one file if its name ends with a slash, and makes it look an hour old.
func aged(t *testing.T, dir, name string) {
	t.Helper()
	path, inside := filepath.Join(dir, name), filepath.Join(dir, name)
	var err error
	if name[len(name)-1] == '/' {
		inside = filepath.Join(path, "m.onnx")
		err = os.Mkdir(path, 0o700)
	}
	past := time.Now().Add(-time.Hour)
	err = errors.Join(err, os.WriteFile(inside, []byte("half"), 0o600), os.Chtimes(inside, past, past), os.Chtimes(path, past, past))
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// What a killed writer left is removed. What is young, held, or looks only similar stays.
func TestReliability10Sweep(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing is swept here")
	}
	const file, folder = ".report.json.0123456789abcdef.tmp", ".m.onnx.fedcba9876543210.tmp"
	dir := t.TempDir()
	aged(t, dir, file)
	aged(t, dir, folder+"/")
	aged(t, dir, ".m.onnx.acdeploy.lock")
	stay := []string{".editor.tmp", ".m.onnx.0123456789abcdeg.tmp", "m.onnx.0123456789abcdef.tmp", ".other.lock", ".nested.0123456789abcdef.tmp/"}
	for _, name := range stay {
		aged(t, dir, name)
	}
	nested := filepath.Join(dir, ".nested.0123456789abcdef.tmp")
	if err := os.Mkdir(filepath.Join(nested, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	for _, old := range []string{filepath.Join(nested, "sub"), nested} { // it stays for what is in it, not for its age
		if err := os.Chtimes(old, past, past); err != nil {
			t.Fatal(err)
		}
	}
	held, unlock, err := osfile.MakeTempFolder(filepath.Join(dir, "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	young, free, err := osfile.MakeTempFolder(filepath.Join(dir, "young"))
	if err != nil {
		t.Fatal(err)
	}
	free()
	if err := os.Chtimes(held, past, past); err != nil {
		t.Fatal(err)
	}
	if left := osfile.LeftOver(dir); len(left) != 5 || slices.Contains(left, held) || !slices.Contains(left, young) {
		t.Errorf("left over: %v", left)
	}
	osfile.Sweep(dir)
	got := names(t, dir)
	for _, name := range []string{file, folder, ".m.onnx.acdeploy.lock"} {
		if slices.Contains(got, name) {
			t.Errorf("%s stayed", name)
		}
	}
	for _, name := range append(stay, filepath.Base(held), filepath.Base(young)) {
		if !slices.Contains(got, filepath.Clean(name)) {
			t.Errorf("%s was removed", name)
		}
	}
	if left := osfile.LeftOver(dir); !slices.Equal(left, []string{filepath.Join(dir, ".nested.0123456789abcdef.tmp"), young}) {
		t.Errorf("left over after that: %v", left)
	}
}

func TestSweepOfNoFolder(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	osfile.Sweep(absent)
	if left := osfile.LeftOver(absent); left != nil {
		t.Errorf("left over: %v", left)
	}
}

func TestWaiting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	folder, unlock, err := osfile.MakeTempFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	aged(t, dir, ".am.onnx.0123456789abcdef.tmp")
	aged(t, dir, ".m.onnx.x.0123456789abcdef.tmp")
	if got := osfile.Waiting(path); !slices.Equal(got, []string{folder}) {
		t.Errorf("waiting: %v, want %s", got, folder)
	}
	t.Chdir(dir)
	if got := osfile.Waiting("m.onnx"); !slices.Equal(got, []string{filepath.Base(folder)}) {
		t.Errorf("waiting: %v", got)
	}
	if got := osfile.Waiting(filepath.Join(dir, "absent", "m.onnx")); got != nil {
		t.Errorf("waiting in no folder: %v", got)
	}
}
