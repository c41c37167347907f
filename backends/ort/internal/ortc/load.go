//go:build cgo

package ortc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Built reports whether the program can load the library at all.
const Built = true

// process is the library that this process has loaded. The dynamic linker and the binding hold one
// per process, so the state is the process's, whoever asks.
//
//nolint:gochecknoglobals // the state is the process's own
var process struct {
	sync.Mutex
	path string
}

// optOut is the variable that keeps the library, from 1.29 on, from collecting telemetry. It reads it
// once, while its environment is made; switched off only afterwards, telemetry has by then written
// an identifier and a database into the user's cache and begun to send.
const optOut = "ORT_DISABLE_TELEMETRY"

// Load loads the library at an absolute path and makes it ready. The same library may be loaded
// again; another one in the same process is refused. It stays loaded until the process ends, since
// unloading crashes some versions. Its telemetry is off: the opt-out stays in the environment of
// the process, and so reaches the processes that it starts.
func Load(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("load onnxruntime: %w", err)
	}
	process.Lock()
	defer process.Unlock()
	if process.path == real {
		return nil
	}
	if process.path != "" {
		return fmt.Errorf("load onnxruntime %s: this process has loaded %s already; one process can use one library", real, process.path)
	}
	if err := os.Setenv(optOut, "1"); err != nil {
		return fmt.Errorf("load onnxruntime: set %s: %w", optOut, err)
	}
	ort.SetSharedLibraryPath(path)
	// Errors come back as values; the library would print them as well.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("load onnxruntime %s: %s", path, explain(err))
	}
	if err := ort.DisableTelemetry(); err != nil {
		return fmt.Errorf("load onnxruntime %s: %w", path, err)
	}
	process.path = real
	return nil
}

// Loaded says which library this process has loaded, "" when none.
func Loaded() (path, version string) {
	process.Lock()
	defer process.Unlock()
	if process.path == "" {
		return "", ""
	}
	return process.path, ort.GetVersion()
}

// explain turns the binding's words for a library that does not load into ours.
func explain(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "setting ORT API base"):
		return "it is older than " + MinimumVersion
	case strings.Contains(text, "looking up OrtGetApiBase"):
		return "it is not onnxruntime"
	}
	if _, after, ok := strings.Cut(text, "Error loading ONNX shared library "); ok {
		if _, reason, ok := strings.Cut(after, `": `); ok {
			return reason
		}
	}
	return text
}
