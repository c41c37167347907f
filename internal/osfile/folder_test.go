package osfile

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestRemoveEmpty(t *testing.T) {
	root := t.TempDir()
	there, report, out := filepath.Join(root, "there"), filepath.Join(root, "a", "b"), filepath.Join(root, "a", "c")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	missing := MissingFolders(there, report, out, "")
	if want := []string{report, filepath.Dir(report), out, filepath.Dir(out)}; !slices.Equal(missing, want) {
		t.Errorf("missing are %q, want %q", missing, want)
	}
	for _, folder := range []string{report, out} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(out, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	RemoveEmpty(missing)
	for folder, stays := range map[string]bool{there: true, report: false, out: true} {
		if _, err := os.Stat(folder); (err == nil) != stays {
			t.Errorf("%s: %v", folder, err)
		}
	}
	RemoveEmpty(missing[:2]) // one is gone, and the other holds the file
	if err := os.Remove(filepath.Join(out, "kept")); err != nil {
		t.Fatal(err)
	}
	RemoveEmpty(missing)
	if _, err := os.Stat(filepath.Join(root, "a")); err == nil {
		t.Error("an empty folder stays, because another that was in it is listed after it")
	}
}

func TestFolderMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no such permissions there")
	}
	dir := t.TempDir()
	folder, old := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	for _, path := range []string{folder, old} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want os.FileMode }{{0o644, 0o755}, {0o664, 0o775}, {0o600, 0o700}, {0o666, 0o777}} {
		if err := os.Chmod(file, c.file); err != nil {
			t.Fatal(err)
		}
		if err := FolderMode(folder, "file", filepath.Join(dir, "absent")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != c.want {
			t.Errorf("of a file with %v: %v, %v", c.file, info.Mode(), err)
		}
	}
	if err := os.Chmod(old, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := FolderMode(folder, "file", old); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
