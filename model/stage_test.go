package model

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestRejectedPath(t *testing.T) {
	for path, want := range map[string]string{
		"a/fused.onnx": "a/fused.rejected.onnx", "fused": "fused.rejected.onnx", "m.pb": "m.pb.rejected.onnx",
	} {
		if got := RejectedPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// staged is a model that waits for its name.
func staged(t *testing.T, path string) *Staged {
	t.Helper()
	f := open(t, example)
	s, err := f.Stage(t.Context(), path, f.Model().Clone(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("it has its name before it is committed")
	}
	again := open(t, s.Path())
	if d, err := again.Digest(); err != nil || d != s.Saved().Digest {
		t.Errorf("staged %+v, the file is %+v, error %v", s.Saved(), d, err)
	}
	return s
}

func TestStaged(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*Staged) error
		want []string
	}{
		"commit":  {func(s *Staged) error { _, err := s.Commit(); return err }, []string{"m.onnx"}},
		"reject":  {func(s *Staged) error { _, err := s.Reject(t.Context()); return err }, []string{"m.rejected.onnx"}},
		"discard": {(*Staged).Discard, []string{"m.rejected.onnx"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "m.rejected.onnx"), []byte("older"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.end(staged(t, filepath.Join(dir, "m.onnx"))); err != nil {
				t.Fatal(err)
			}
			var names []string
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if !slices.Equal(names, c.want) {
				t.Errorf("files: %v, want %v", names, c.want)
			}
		})
	}
}

// A model that was rejected can be the input of another run, but not of one that would take it away.
func TestStageRefusesItsSource(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m.rejected.onnx")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	for _, out := range []string{path, filepath.Join(dir, "m.onnx")} {
		if _, err := f.Stage(t.Context(), out, f.Model(), Options{}); !errors.Is(err, ErrSelf) {
			t.Errorf("%s: got %v", out, err)
		}
	}
}
