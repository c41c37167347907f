package model

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// changed is a copy of a model in which one number of one weight is another.
func changed(t *testing.T, m *graph.Model) *graph.Model {
	t.Helper()
	m = m.Clone()
	for v := range m.Graph.Initializers() {
		if d := v.Data(); d.Type() == tensor.Float32 {
			raw, err := d.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			raw = append([]byte{}, raw...)
			raw[0] ^= 1
			now, err := tensor.New(d.Type(), d.Shape(), raw)
			if err != nil {
				t.Fatal(err)
			}
			v.SetData(now)
			return m
		}
	}
	t.Fatal("no weight")
	return nil
}

// One bit of one weight decides, in the model's file and in its data file.
func TestHolds(t *testing.T) {
	source := open(t, example)
	canonical := filepath.Join(t.TempDir(), "m.onnx")
	if _, err := mapped.Save(t.Context(), canonical, source.Model(), mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	external := filepath.Join(t.TempDir(), "m.onnx")
	if _, err := mapped.Save(t.Context(), external, source.Model(), mapped.Options{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"inline": canonical, "external": external} {
		f := open(t, path)
		if got := onnx.External(f.Model()); got != (name == "external") {
			t.Fatalf("%s: external data is %t", name, got)
		}
		if same, err := f.Holds(f.Model().Clone()); err != nil || !same {
			t.Errorf("%s: its own model: %t, %v", name, same, err)
		}
		if same, err := f.Holds(changed(t, f.Model())); err != nil || same {
			t.Errorf("%s: a model that is one bit off: %t, %v", name, same, err)
		}
	}
}
