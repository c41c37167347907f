package dataset

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sbinet/npyio/npy"

	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/tensor"
)

// array is an .npy file: the samples of a model with one input.
type array struct{ path string }

// openArray looks whether a file is an .npy file; nil where it is something else.
func openArray(path string) (*array, error) {
	if err := checkRegular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	start := make([]byte, len(npy.Magic))
	if _, err := io.ReadFull(f, start); err != nil || [6]byte(start) != npy.Magic {
		return nil, nil //nolint:nilerr // too short to be one
	}
	return &array{path}, nil
}

func (a *array) open(o Options, inputs []tensor.Spec, account dims.Account) (*Set, error) {
	if len(inputs) != 1 {
		return nil, fmt.Errorf("it is one array, and the model has %d inputs; give an .npz file, or a folder with an .npy file for each input", len(inputs))
	}
	if !account.LeadsAll() {
		return openRuns(o.Path, []source{a}, inputs, account)
	}
	return openSamples(o, a, inputs)
}

func (a *array) label() string { return filepath.Base(a.path) }

// has reports nothing: the only array goes by any name that it is asked for by, and none belongs to it.
func (a *array) has(string) bool { return false }

func (a *array) find(string) (*member, error) { return findPlain(a.path, a.label()) }

// findPlain reads the header of an .npy file.
func findPlain(path, name string) (*member, error) {
	m := &member{path: path, name: name, plain: true}
	r, header, err := m.header()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	if err := m.describe(header, r.size); err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return m, nil
}
