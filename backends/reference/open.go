package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// Open reads the file of the model, and its external data from its folder, into memory. The backend has no knobs: a
// [backends.Tuning] that asks for something is refused.
func (r *Reference) Open(_ context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	if err := tuning.Within("reference"); err != nil {
		return nil, err
	}
	s, err := r.open(model.Path)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", model.Name, err)
	}
	return s, nil
}

func (r *Reference) open(path string) (*Session, error) {
	if r.MaxElements < 1 {
		return nil, fmt.Errorf("max_elements is %d, it must be at least 1", r.MaxElements)
	}
	// The model itself may be a link to anywhere; its data lies beside the one or the other end of it.
	data, err := readFile(path, func() (*os.File, error) { return os.Open(path) })
	if err != nil {
		return nil, err
	}
	m, err := onnx.Decode(data, func(location string) ([]byte, error) {
		local := filepath.FromSlash(location)
		return readFile(filepath.Join(filepath.Dir(path), local), func() (*os.File, error) { return osfile.OpenBeside(path, local, 0) })
	})
	if err != nil {
		return nil, err
	}
	return openGraph(m, r.MaxElements, false)
}

// readFile reads a regular file; a pipe or a device might never end.
func readFile(path string, open func() (*os.File, error)) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("the model is not a regular file")
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	return io.ReadAll(file)
}
