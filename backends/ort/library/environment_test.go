package library

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestInEnvironment(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	for _, site := range []string{"lib/python3.11/site-packages", "lib/python3/dist-packages", "Lib/site-packages"} {
		folder, library := environment(t, site, "9.9.9")
		if path, version, err := s.inEnvironment(folder); err != nil || path != library || version != "9.9.9" {
			t.Errorf("%s: found %s %s, %v", site, path, version, err)
		}
	}
	empty := t.TempDir()
	_, _, err := s.inEnvironment(empty)
	wantError(t, err, empty+" has no package onnxruntime")
}

// In an environment of conda the library may lie among the others. Elsewhere those of the system are no part of an environment.
func TestInCondaEnvironment(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	folder := t.TempDir()
	library := filepath.Join(folder, "lib", "libonnxruntime.so.9.1")
	if err := os.MkdirAll(filepath.Dir(library), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(library, program(t), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.inEnvironment(folder)
	wantError(t, err, "has no package onnxruntime")
	if err := os.Mkdir(filepath.Join(folder, "conda-meta"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, version, err := s.inEnvironment(folder); err != nil || path != library || version != "9.1" {
		t.Errorf("found %s %s, %v", path, version, err)
	}
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.inEnvironment(folder)
	wantError(t, err, "holds no libonnxruntime")
}

// pipx keeps a program in an environment of its own, and links to it.
func TestBesideProgram(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	folder, library := environment(t, "lib/python3.11/site-packages", "9.9.9")
	acdeploy := filepath.Join(folder, "bin", "acdeploy")
	if err := os.MkdirAll(filepath.Dir(acdeploy), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(acdeploy, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "acdeploy")
	if err := os.Symlink(acdeploy, link); err != nil {
		t.Skip(err)
	}
	for _, file := range []string{acdeploy, link} {
		if path, _, err := s.besideProgram(func() (string, error) { return file, nil }); err != nil || path != library {
			t.Errorf("%s: found %s, %v", file, path, err)
		}
	}
	_, _, err := s.besideProgram(func() (string, error) { return filepath.Join(folder, "acdeploy"), nil })
	wantError(t, err, "it lies in none")
}
