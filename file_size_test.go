package acdeploy_test

import (
	"os"
	"path/filepath"
	"testing"
)

// grownFiles are the models whose fused file is larger, with what that saves.
var grownFiles = map[string]string{}

// TestFilesDoNotGrow fuses the examples, the cases and the trained models: no file becomes larger, unless it says here what that saves.
func TestFilesDoNotGrow(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"examples/*/*.onnx", "../shared/cases/*.onnx", "../shared/models/*/*.onnx"} {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			if info, err := os.Stat(path); err != nil || testing.Short() && info.Size() > 1<<20 {
				t.Skip("it is large")
			}
			saved, source := fuse(t, path, filepath.Join(t.TempDir(), "fused.onnx"))
			defer func() { _ = source.Close() }()
			d := saved.Document()
			if d.Output.Bytes > d.Input.Bytes && grownFiles[name] == "" {
				t.Errorf("it had %d bytes and has %d; nodes %d → %d, %v", d.Input.Bytes, d.Output.Bytes, d.Before.Nodes, d.After.Nodes, d.Passes)
			}
		})
	}
}
