package library

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestInFolders(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	data := program(t)
	put := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, recent, nameless := put("libonnxruntime.so.8.20.1"), put("libonnxruntime.9.30.0.dylib"), put("libonnxruntime.so")
	empty := t.TempDir()
	_, _, err := s.inFolders(empty)
	wantError(t, err, empty+" holds no libonnxruntime")
	_, _, err = s.inFolders(filepath.Dir(old))
	wantError(t, err, "is onnxruntime 8.20.1, and acdeploy needs 9.0.0 or newer")
	for want, version := range map[string]string{recent: "9.30.0", nameless: ""} {
		got, said, err := s.inFolders(empty, filepath.Dir(old), filepath.Dir(want))
		if err != nil || got != want || said != version {
			t.Errorf("found %s %s, %v", got, said, err)
		}
	}
	link := filepath.Join(t.TempDir(), "libonnxruntime.so")
	if err := os.Symlink(old, link); err != nil {
		t.Skip(err)
	}
	_, _, err = s.inFolders(filepath.Dir(link))
	wantError(t, err, "is onnxruntime 8.20.1")
}

func TestOfHomebrew(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	prefix := t.TempDir()
	getenv := func(name string) string { return map[string]string{"HOMEBREW_PREFIX": prefix}[name] }
	library := filepath.Join(prefix, "lib", "libonnxruntime.so")
	if err := errors.Join(os.Mkdir(filepath.Join(prefix, "lib"), 0o755), os.WriteFile(library, program(t), 0o644)); err != nil {
		t.Fatal(err)
	}
	if path, _, err := s.ofHomebrew(nil, getenv); err == nil && path == library {
		t.Error("a folder without a cellar is taken for Homebrew's")
	}
	if err := os.Mkdir(filepath.Join(prefix, "Cellar"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, _, err := s.ofHomebrew(nil, getenv); err != nil || path != library {
		t.Errorf("found %s, %v", path, err)
	}
	_, _, err := s.ofHomebrew([]string{}, getenv)
	wantError(t, err, "not on this system")
}

// The linker may list a library that is too old.
func TestLinked(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	old, good := write(t, "libonnxruntime.so.8.1.0", program(t)), write(t, "libonnxruntime.so.9.1.0", program(t))
	list := func(path string) func() (string, error) {
		return func() (string, error) { return "\tlibonnxruntime.so.1 (libc6,x86-64) => " + path + "\n", nil }
	}
	_, _, err := s.linked(list(old))
	wantError(t, err, "is onnxruntime 8.1.0")
	if path, version, err := s.linked(list(good)); err != nil || path != good || version != "9.1.0" {
		t.Errorf("found %s %s, %v", path, version, err)
	}
	_, _, err = s.linked(func() (string, error) { return "", nil })
	wantError(t, err, "lists no libonnxruntime.so.1")
}
