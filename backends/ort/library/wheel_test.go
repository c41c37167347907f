package library

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// environment is a folder as a Python environment is, into which a wheel of onnxruntime with a library of this platform was installed.
func environment(t *testing.T, site, version string) (folder, library string) {
	t.Helper()
	folder = t.TempDir()
	packages := filepath.Join(folder, filepath.FromSlash(site))
	library = filepath.Join(packages, "onnxruntime", "capi", "libonnxruntime.so."+version)
	data := program(t)
	for path, text := range map[string]string{
		library: string(data),
		filepath.Join(packages, "onnxruntime", "__init__.py"):                  "\"\"\"doc\"\"\"\n__version__ = \"" + version + "\"\n",
		filepath.Join(packages, "onnxruntime-"+version+".dist-info", "RECORD"): recordOf("onnxruntime/capi/libonnxruntime.so."+version, data),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder, library
}

// recordOf is what a wheel says of a file, among others.
func recordOf(name string, data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("onnxruntime/__init__.py,sha256=AAAA,12\n%s,sha256=%s,%d\n\"onnxruntime/a,b.py\",,\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(data))
}

func TestInPackage(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	record := func(folder string) string { return filepath.Join(folder, "onnxruntime-9.9.9.dist-info", "RECORD") }
	for name, test := range map[string]struct {
		version string
		harm    func(folder, library string) error // the folder of packages
		want    string
	}{
		"sound":   {"9.9.9", nil, ""},
		"old":     {"8.9.1", nil, "is onnxruntime 8.9.1, and acdeploy needs 9.0.0 or newer"},
		"exposed": {"9.9.9", func(_, library string) error { return os.Chmod(library, 0o666) }, "can be written by anybody"},
		"bare":    {"9.9.9", func(_, library string) error { return os.Remove(library) }, "holds no library"},
		"mute": {"9.9.9", func(folder, _ string) error {
			return os.WriteFile(filepath.Join(folder, "onnxruntime", "__init__.py"), []byte("x = 1"), 0o644)
		}, "does not say its version"},
		"not_a_package": {"9.9.9", func(folder, _ string) error { return os.Remove(filepath.Join(folder, "onnxruntime", "__init__.py")) }, "its package onnxruntime is incomplete"},
		"no_record":     {"9.9.9", func(folder, _ string) error { return os.Remove(record(folder)) }, "no wheel lists the SHA-256 of "},
		"not_listed": {"9.9.9", func(folder, _ string) error {
			return os.WriteFile(record(folder), []byte("onnxruntime/__init__.py,sha256=AAAA,12\n"), 0o644)
		}, "no wheel lists the SHA-256 of "},
		"no_digest": {"9.9.9", func(folder, _ string) error {
			return os.WriteFile(record(folder), []byte("onnxruntime/capi/libonnxruntime.so.9.9.9,,\n"), 0o644)
		}, "no wheel lists the SHA-256 of "},
		"broken_record": {"9.9.9", func(folder, _ string) error { return os.WriteFile(record(folder), []byte("a\"b,c\n"), 0o644) }, "bare \""},
		"tampered": {"9.9.9", func(_, library string) error {
			f, err := os.OpenFile(library, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		}, "is not what its wheel installed: its SHA-256 is not that of RECORD"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, library := environment(t, "site-packages", test.version)
			site := filepath.Join(folder, "site-packages")
			if test.harm != nil {
				if err := test.harm(site, library); err != nil {
					t.Fatal(err)
				}
			}
			path, version, err := s.inPackage(filepath.Join(site, "onnxruntime"))
			if test.want != "" {
				wantError(t, err, test.want)
			} else if err != nil || path != library || version != test.version {
				t.Errorf("found %s %s, %v", path, version, err)
			}
		})
	}
}

// Two wheels may bring the same file, onnxruntime and onnxruntime-gpu. The one that was installed last has it.
func TestRecordedByEither(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	folder, library := environment(t, "site-packages", "9.9.9")
	data, err := os.ReadFile(library)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(folder, "site-packages", "onnxruntime_gpu-9.9.9.dist-info")
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	changed := append(data, "more"...)
	if err := os.WriteFile(filepath.Join(other, "RECORD"), []byte(recordOf("onnxruntime/capi/libonnxruntime.so.9.9.9", changed)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, content := range [][]byte{data, changed} {
		if err := os.WriteFile(library, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.recorded(library); err != nil {
			t.Error(err)
		}
	}
}

// A tampered library of an environment is an error with a remedy, and not passed over for another one.
func TestResolveNeverPassesOverATamperedWheel(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	folder, library := environment(t, "lib/python3.11/site-packages", "9.9.9")
	other, _ := environment(t, "lib/python3.11/site-packages", "9.9.9")
	flip(t, library)
	req := nowhere()
	req.Getenv = func(name string) string { return map[string]string{"VIRTUAL_ENV": folder, "CONDA_PREFIX": other}[name] }
	_, err := s.Resolve(req)
	wantError(t, err, "is not what its wheel installed")
	if !strings.Contains(err.Error(), "pip install --force-reinstall") {
		t.Errorf("it does not say what to do: %v", err)
	}
}

// The digest of a library is computed once, and again when it has changed.
func TestDigestOnce(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	path := write(t, "library.so", []byte("one"))
	for _, text := range []string{"one", "one", "another"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := s.digestOnce(path); err != nil || got != digestOf([]byte(text)) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	known := readSeen(s.Dir, wheelsFile)
	file := known[path]
	file.SHA256 = "as it was kept"
	known[path] = file
	keepSeen(filepath.Join(s.Dir, wheelsFile), known)
	if got, err := s.digestOnce(path); err != nil || got != "as it was kept" {
		t.Errorf("it is read again: %s, %v", got, err)
	}
	_, err := s.digestOnce(path + ".absent")
	wantError(t, err, "no such file")
}

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		version, minimum string
		want             bool
	}{
		{"1.24", "1.24.0", true}, {"1.23", "1.24.0", false}, {"2.0", "1.24.0", true}, {"0.99", "1.24.0", false}, {"1.100", "1.24.0", true}, {"1.x", "1.24.0", false},
	} {
		if got := atLeast(test.version, test.minimum); got != test.want {
			t.Errorf("%s is at least %s: %t", test.version, test.minimum, got)
		}
	}
}
