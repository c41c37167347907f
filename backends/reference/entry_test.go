package reference_test

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
)

// TestEntry makes the backend as a program does, by its name, with options, and asks it what it is.
func TestEntry(t *testing.T) {
	list := catalog.Catalog[backends.Backend]{reference.Entry()}
	if err := list.Validate(); err != nil {
		t.Fatal(err)
	}
	made, err := list.Make("reference", func(into any) error { return catalog.Decode([]byte(`{"max_elements":7}`), into) })
	if err != nil {
		t.Fatal(err)
	}
	if made.(*reference.Reference).MaxElements != 7 || made.Describe().Name != "reference" {
		t.Errorf("made %+v", made)
	}
	if err := made.Check(t.Context()); err != nil {
		t.Errorf("it needs something: %v", err)
	}
	_, err = made.Open(t.Context(), backends.Model{Name: "m", Path: "m.onnx"}, backends.Tuning{Threads: 2})
	if _, ok := errors.AsType[*backends.Unsupported](err); !ok {
		t.Errorf("it passes over threads: %v", err)
	}
}
