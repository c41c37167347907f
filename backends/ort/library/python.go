package library

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
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

// ofPython is the library in the package onnxruntime of the Python on the PATH.
func (s Store) ofPython(python func() (string, error)) (path, version string, err error) {
	if python == nil {
		python = runPython
	}
	folder, err := python()
	if err != nil {
		return "", "", err
	}
	if folder == "" {
		return "", "", errors.New("has no package onnxruntime")
	}
	return s.inPackage(folder)
}
