package mapped_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// stage writes a model of 300 weights, which lie in a data file if it may be only so large.
func stage(t *testing.T, path string, limit int64) *mapped.Staged {
	t.Helper()
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	s, err := mapped.Stage(t.Context(), path, f.Model, mapped.Options{Limit: limit, Source: f})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// holdsWeights reads a model's weights back, from its data file where it has one.
func holdsWeights(t *testing.T, path string) {
	t.Helper()
	got, err := open(t, path).Model.Graph.Lookup("w").Data().Bytes()
	if err != nil || !slices.Equal(got, weights(300)) {
		t.Errorf("%s: %d bytes, error %v", path, len(got), err)
	}
}

// A staged model can be read where it lies, and keeps its data under either name.
func TestStage(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		for _, name := range []string{"out.onnx", "other.onnx"} {
			dir := t.TempDir()
			s := stage(t, filepath.Join(dir, "out.onnx"), limit)
			holdsWeights(t, s.Path())
			commit := s.Commit
			if name == "other.onnx" {
				commit = func() (mapped.Saved, error) { return s.CommitAs(t.Context(), filepath.Join(dir, name)) }
			}
			saved, err := commit()
			if err != nil {
				t.Fatal(err)
			}
			final, files := filepath.Join(dir, name), 1
			holdsWeights(t, final)
			if saved.Path != final || saved.SHA256 != digest(t, final) {
				t.Errorf("saved %+v", saved)
			}
			if limit > 0 {
				files = 2
				if saved.Data[0].Path != final+"."+saved.Data[0].SHA256[:16]+".data" || saved.Data[0].SHA256 != digest(t, saved.Data[0].Path) {
					t.Errorf("saved data %+v", saved.Data)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != files {
				t.Errorf("%d files, want %d, error %v", len(entries), files, err)
			}
		}
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := stage(t, filepath.Join(dir, "out.onnx"), 1)
	if err := s.Discard(); err != nil {
		t.Error(err)
	}
	isEmpty(t, dir)
}

// A model is not given a name that something else has, and then nothing is left of it.
func TestCommitAsRefusesFolders(t *testing.T) {
	dir := t.TempDir()
	s := stage(t, filepath.Join(dir, "out.onnx"), 0)
	if _, err := s.CommitAs(t.Context(), dir); err == nil {
		t.Error("no error")
	}
	isEmpty(t, dir)
}
