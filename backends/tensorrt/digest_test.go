//go:build unix

package tensorrt

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestExternalDataCounts(t *testing.T) {
	dir := t.TempDir()
	field := func(number int, content ...byte) []byte {
		return append([]byte{byte(number<<3 | 2), byte(len(content))}, content...)
	}
	entry := func(k, v string) []byte {
		return field(13, slices.Concat(field(1, []byte(k)...), field(2, []byte(v)...))...)
	}
	weights := slices.Concat(entry("length", "4"), entry("location", "w.bin"))
	model := func(inner []byte) []byte { return field(7, inner...) }
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// In an initializer, in an attribute of a node, and in a graph within an attribute.
	for fact, inner := range map[string][]byte{
		"initializer": field(5, weights...),
		"attribute":   field(1, field(5, field(5, weights...)...)...),
		"subgraph":    field(1, field(5, field(6, field(5, weights...)...)...)...),
	} {
		write("m.onnx", model(inner))
		write("w.bin", []byte{1, 2, 3, 4})
		before, err := digestModel(filepath.Join(dir, "m.onnx"))
		if err != nil {
			t.Fatal(fact, err)
		}
		main, err1 := osfile.SHA256(filepath.Join(dir, "m.onnx"))
		data, err2 := osfile.SHA256(filepath.Join(dir, "w.bin"))
		if want := osfile.SHA256OfParts(osfile.Part{Name: "model", SHA256: main}, osfile.Part{Name: "w.bin", SHA256: data}); before != want {
			t.Errorf("%s: %s, want %s (%v, %v)", fact, before, want, err1, err2)
		}
		write("w.bin", []byte{1, 2, 3, 5})
		if after, err := digestModel(filepath.Join(dir, "m.onnx")); err != nil || after == before {
			t.Errorf("%s: changed weights do not count: %v", fact, err)
		}
	}
	write("m.onnx", model(field(5, entry("location", "../w.bin")...)))
	_, err := digestModel(filepath.Join(dir, "m.onnx"))
	checkError(t, "digest", err, "is outside the folder of the model")
	for _, bad := range [][]byte{[]byte("no model"), {0x3a, 0xff}, {0x3a, 0x80}, {0xff}} {
		write("m.onnx", bad)
		if _, err := digestModel(filepath.Join(dir, "m.onnx")); err == nil {
			t.Errorf("%x is a model", bad)
		}
	}
}
