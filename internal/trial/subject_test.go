package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
)

// written writes a built-in network to a file.
func written(t *testing.T, path, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Encode(f, built(t, name)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestZooSubjects makes every built-in network small enough to be run often.
func TestZooSubjects(t *testing.T) {
	all := zooSubjects()
	if len(all) < 40 {
		t.Errorf("%d networks", len(all))
	}
	for _, name := range append(largeNetworks(), shortNetworks()...) {
		s := zooSubject(t, name)
		if s.large != slices.Contains(largeNetworks(), name) {
			t.Errorf("%s is large: %t", name, s.large)
		}
	}
}

// TestTrainedSubjects finds models in the folders of a folder, and gives their open dimensions a size.
func TestTrainedSubjects(t *testing.T) {
	folder := t.TempDir()
	written(t, filepath.Join(folder, "lenet", "baseline.onnx"), "lenet5")
	all, err := trainedSubjects(folder)
	if err != nil || len(all) != 1 || all[0].name != "lenet/baseline" {
		t.Fatalf("%+v, %v", all, err)
	}
	if want := "[N=1]"; fmt.Sprint(all[0].shapes) != want {
		t.Errorf("%v, want %v", all[0].shapes, want)
	}
	m, done, err := all[0].build()
	if err != nil || m.Graph.Len() == 0 || done() != nil {
		t.Errorf("%v", err)
	}
	if none, err := trainedSubjects(t.TempDir()); err != nil || len(none) > 0 {
		t.Errorf("%v, %v", none, err)
	}
}

// TestFileThatIsNoModel is a subject that cannot be built.
func TestFileThatIsNoModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.onnx")
	if err := os.WriteFile(path, []byte("no model"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := fileSubject(groupPackages, "a", path, func(string, int) int64 { return 1 })
	if _, _, err := s.build(); err == nil {
		t.Error("it is built")
	}
}
