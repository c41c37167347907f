package reference

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/onnx"
)

// Open reads the file of the model, and its external data from the same folder, into memory. The backend has no knobs: a
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
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	// The model itself may be a link to anywhere; its data may not.
	data, err := readFile(os.Stat, os.ReadFile, path)
	if err != nil {
		return nil, err
	}
	m, err := onnx.Decode(data, func(location string) ([]byte, error) {
		return readFile(folder.Stat, folder.ReadFile, location)
	})
	if err != nil {
		return nil, err
	}
	return openGraph(m, r.MaxElements, false)
}

// readFile reads a regular file; a pipe or a device might never end.
func readFile(stat func(string) (os.FileInfo, error), read func(string) ([]byte, error), name string) ([]byte, error) {
	info, err := stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("the model is not a regular file")
	}
	return read(name)
}
