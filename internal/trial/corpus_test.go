package main

import (
	"path/filepath"
	"testing"
)

// TestCorpusSubjects finds the published models in their package.
func TestCorpusSubjects(t *testing.T) {
	folder := t.TempDir()
	model := filepath.Join(folder, "m.onnx")
	written(t, model, "lenet5")
	wheel := filepath.Join(folder, "onnx.whl")
	wheelOf(t, wheel, map[string]string{"onnx/backend/test/data/node/test_a/model.onnx": model, "onnx/other/model.onnx": model})
	all, done, err := corpusSubjects(wheel)
	if err != nil || len(all) != 1 || all[0].name != "test_a" || all[0].group != groupCorpus {
		t.Fatalf("%+v, %v", all, err)
	}
	if m, _, err := all[0].build(); err != nil || m.Graph.Len() == 0 {
		t.Error(err)
	}
	if err := done(); err != nil {
		t.Error(err)
	}
	if none, _, err := corpusSubjects(filepath.Join(folder, "absent")); err != nil || len(none) > 0 {
		t.Errorf("%v, %v", none, err)
	}
}
