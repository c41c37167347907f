package plain

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
)

// key is the property of a file that says that nobody exported the model.
const key = "acdeploy.baseline"

// Stamp says in the metadata of a model which model it was made from, by the SHA-256 of that model with its data.
func Stamp(m *graph.Model, sha256 string) {
	kept := slices.DeleteFunc(onnx.Metadata(m), func(p onnx.Property) bool { return p.Key == key })
	onnx.SetMetadata(m, append(kept, onnx.Property{Key: key, Value: fmt.Sprintf("made by acdeploy plain from %s, not exported", sha256)}))
}

// Mark is what [Stamp] says of a model; "" for one that was not made here.
func Mark(m *graph.Model) string {
	for _, p := range onnx.Metadata(m) {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}
