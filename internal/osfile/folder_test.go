package osfile

import (
	"os"
	"path/filepath"
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
