package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFuzzSeeds has models of exporters, and networks of the zoo with their weights inside and beside them.
func TestFuzzSeeds(t *testing.T) {
	seeds, err := fuzzSeeds(t.Context(), seedsOfTests, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	zoo, beside, exporters := 0, 0, 0
	for _, s := range seeds {
		switch {
		case strings.HasPrefix(s.name, "dynamo_"):
			exporters++
		case strings.HasSuffix(s.name, "_apart.onnx"):
			zoo++
		}
		if len(s.beside) > 0 {
			beside++
		}
		if err := s.write(filepath.Join(t.TempDir(), "m.onnx"), s.file.Bytes()); err != nil {
			t.Error(err)
		}
	}
	if zoo < 3 || beside < zoo || exporters < 5 {
		t.Errorf("%d of the zoo, %d with data files, %d of exporters", zoo, beside, exporters)
	}
}
