package library

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// pythonTime is how long Python may take to say where its package is.
const pythonTime = 10 * time.Second

// whereIsIt prints the folder of the package onnxruntime, without importing it: that would take seconds. The present folder
// is no place to take a library from.
const whereIsIt = `import sys
sys.path = [p for p in sys.path if p]
import importlib.util
found = importlib.util.find_spec("onnxruntime")
print(found.submodule_search_locations[0] if found and found.submodule_search_locations else "")`

// runPython asks the user's Python for the folder of its package onnxruntime; "" where it has none.
func runPython() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), pythonTime)
	defer cancel()
	for _, program := range []string{"python3", "python"} {
		if _, err := exec.LookPath(program); err != nil {
			continue
		}
		out, err := command(ctx, "", []string{program, "-c", whereIsIt}).Output()
		if err != nil {
			return "", fmt.Errorf("%s does not answer", program)
		}
		return strings.TrimSpace(string(out)), nil
	}
	return "", errors.New("not on this system")
}

// versionLine is how the package says its version.
var versionLine = regexp.MustCompile(`(?m)^__version__ = ["']([0-9]+)\.([0-9]+)`)

// bundled is the library in Python's package onnxruntime, unless the binding cannot use that version, or others may change it.
func (s Store) bundled(python func() (string, error)) (string, error) {
	if python == nil {
		python = runPython
	}
	folder, err := python()
	if err != nil {
		return "", err
	}
	if folder == "" {
		return "", errors.New("has no package onnxruntime")
	}
	if s, err = s.filled(); err != nil {
		return "", err
	}
	if err := s.recent(filepath.Join(folder, "__init__.py")); err != nil {
		return "", err
	}
	for _, pattern := range []string{"libonnxruntime.so.*", "libonnxruntime.*.dylib", "onnxruntime.dll"} {
		found, err := filepath.Glob(filepath.Join(folder, "capi", pattern))
		if err != nil || len(found) == 0 {
			continue
		}
		path, err := s.usable(found[0])
		if err != nil {
			return "", err
		}
		return path, osfile.CheckExposed(filepath.Dir(path), path)
	}
	return "", fmt.Errorf("%s holds no library", filepath.Join(folder, "capi"))
}

// recent refuses a package that says in a file that it is older than the binding needs.
func (s Store) recent(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("its package onnxruntime is incomplete: %w", osfile.Cause(err))
	}
	said := versionLine.FindSubmatch(text)
	if said == nil {
		return fmt.Errorf("%s does not say its version", file)
	}
	version := string(said[1]) + "." + string(said[2])
	if !atLeast(version, s.Manifest.Minimum) {
		return fmt.Errorf("its onnxruntime is %s, and acdeploy needs %s or newer", version, s.Manifest.Minimum)
	}
	return nil
}

// atLeast compares the first two numbers of versions.
func atLeast(version, minimum string) bool {
	have, want := strings.Split(version, "."), strings.Split(minimum, ".")
	for i := range 2 {
		h, errH := strconv.Atoi(have[i])
		w, errW := strconv.Atoi(want[i])
		if errH != nil || errW != nil || h != w {
			return errH == nil && errW == nil && h > w
		}
	}
	return true
}
