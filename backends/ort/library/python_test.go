package library

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// sitePackage is a folder as Python's package onnxruntime is, with a library of this platform.
func sitePackage(t *testing.T, version string) (folder, library string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "site-packages", "onnxruntime")
	library = filepath.Join(folder, "capi", "libonnxruntime.so."+version)
	if err := os.MkdirAll(filepath.Dir(library), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{
		library: program(t), filepath.Join(folder, "__init__.py"): []byte("\"\"\"doc\"\"\"\n__version__ = \"" + version + "\"\n"),
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder, library
}

func TestResolveUsesThePythonPackage(t *testing.T) {
	folder, library := sitePackage(t, "9.9.9")
	s := Store{Dir: t.TempDir(), Manifest: storeOf(t, pinned(KindWheel, wheelFile, []byte("x"))).Manifest, OS: "linux", Arch: runtime.GOARCH}
	s.Manifest.Runtimes[0].Arch = runtime.GOARCH
	none := func(string) string { return "" }
	resolve := func(python func() (string, error)) (Found, error) {
		return s.Resolve(Request{Getenv: none, Python: python, Ldconfig: func() (string, error) { return "", nil }})
	}
	if got, err := resolve(func() (string, error) { return folder, nil }); err != nil || got != (Found{library, "python"}) {
		t.Errorf("found %+v, %v", got, err)
	}
	if got := (Found{library, "python"}).Remedy(); got != "run: "+InstallCommand {
		t.Errorf("when it does not load, the remedy is %s", got)
	}
	old, _ := sitePackage(t, "8.9.1")
	open, exposed := sitePackage(t, "9.9.9")
	if err := os.Chmod(exposed, 0o666); err != nil {
		t.Fatal(err)
	}
	bare, lost := sitePackage(t, "9.9.9")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		folder string
		err    error
		want   string
	}{
		"none":      {"", nil, "python: has no package onnxruntime"},
		"no_python": {"", errors.New("not on this system"), "python: not on this system"},
		"old":       {old, nil, "python: its onnxruntime is 8.9, and acdeploy needs 9.0.0 or newer"},
		"exposed":   {open, nil, "python: "},
		"bare":      {bare, nil, "holds no library"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolve(func() (string, error) { return test.folder, test.err })
			wantError(t, err, test.want)
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
	folder, _ := sitePackage(t, "9.9.9")
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
