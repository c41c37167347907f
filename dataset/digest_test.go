package dataset

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDigest is another one when any file of samples, or the name of one, is another.
func TestDigest(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]string{}
	note := func(what string, same bool) {
		t.Helper()
		digest, err := Digest(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, known := seen[digest]; known != same {
			t.Errorf("after %s the digest is %s, known: %v", what, digest, known)
		}
		seen[digest] = what
	}
	write("a.npz", "1")
	note("a file", false)
	write("b.npz", "2")
	note("a second", false)
	write("README", "3")
	note("a file that is no sample", true)
	write("b.npz", "4")
	note("a change", false)
	if err := os.Rename(filepath.Join(dir, "b.npz"), filepath.Join(dir, "c.npz")); err != nil {
		t.Fatal(err)
	}
	note("another name", false)
	if _, err := Digest(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there has a digest")
	}
}
