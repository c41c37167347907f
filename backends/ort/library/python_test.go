package library

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"
)

// The package of the Python on the PATH is used where nothing else is.
func TestResolveUsesThePythonPackage(t *testing.T) {
	_, library := environment(t, "site-packages", "9.9.9")
	s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")))
	s.Arch = runtime.GOARCH
	s.Manifest.Runtimes[0].Arch = runtime.GOARCH
	for name, test := range map[string]struct {
		folder string
		err    error
		want   string
	}{
		"there":     {filepath.Dir(filepath.Dir(library)), nil, ""},
		"none":      {"", nil, "python: has no package onnxruntime"},
		"no_python": {"", errors.New("not on this system"), "python: not on this system"},
	} {
		t.Run(name, func(t *testing.T) {
			req := nowhere()
			req.Python = func() (string, error) { return test.folder, test.err }
			got, err := s.Resolve(req)
			if test.want != "" {
				wantError(t, err, test.want)
			} else if err != nil || got.Path != library || got.Source != "python" {
				t.Errorf("found %+v, %v", got, err)
			}
		})
	}
}

// The real question, put to a stand-in and to a Python that has a package in the present folder only.
func TestRunPython(t *testing.T) {
	folder := tools(t, map[string]string{"python3": "echo /some/where"})
	if got, err := runPython(); err != nil || got != "/some/where" {
		t.Errorf("it says %q, %v", got, err)
	}
	tools(t, map[string]string{"python3": "exit 1"})
	_, err := runPython()
	wantError(t, err, "python3 does not answer")
	t.Setenv("PATH", filepath.Join(folder, "empty"))
	_, err = runPython()
	wantError(t, err, "not on this system")
}

func TestRunPythonPassesOverThePresentFolder(t *testing.T) {
	if _, err := runPython(); err != nil {
		t.Skip("no Python: ", err)
	}
	_, library := environment(t, "site-packages", "9.9.9")
	folder := filepath.Dir(filepath.Dir(library))
	t.Chdir(filepath.Dir(folder))
	t.Setenv("PYTHONPATH", "")
	if got, err := runPython(); err != nil || got == folder {
		t.Errorf("it takes the library of the present folder: %q, %v", got, err)
	}
	t.Setenv("PYTHONPATH", filepath.Dir(folder))
	if got, err := runPython(); err != nil || got != folder {
		t.Errorf("it says %q, %v; want %s", got, err, folder)
	}
}
