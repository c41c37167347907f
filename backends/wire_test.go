package backends_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// A path keeps its bytes on the way to a worker.
func TestModelOnTheWire(t *testing.T) {
	for _, path := range []string{"m.onnx", "m\xff.onnx", "\xfe/ä.onnx", "m\ufffd.onnx", ""} {
		want := backends.Model{Name: "m", Path: path, Inputs: []tensor.Spec{{Name: "x", Type: tensor.Float32}}}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got backends.Model
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", path, diff)
		}
	}
}
