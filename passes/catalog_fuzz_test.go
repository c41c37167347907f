package passes_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/pipeline"
)

// FuzzPasses runs the default pipeline over whatever can be read as a model: no panic, and a valid graph
// after every pass.
func FuzzPasses(f *testing.F) {
	for _, pattern := range []string{"testdata/*.onnx", "../backends/ort/testdata/*.onnx"} {
		files, _ := filepath.Glob(pattern)
		for _, path := range files {
			raw, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		m, err := onnx.Decode(raw, func(string) ([]byte, error) { return nil, errors.New("no file") })
		if err != nil {
			return
		}
		if _, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil && !wasInvalid(err) {
			t.Error(err)
		}
	})
}
