package model

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestSaveKnowsTheDigestOfWhatItWrote(t *testing.T) {
	f := open(t, example)
	path := filepath.Join(t.TempDir(), "out.onnx")
	saved, err := f.Save(t.Context(), path, f.Model().Clone())
	if err != nil {
		t.Fatal(err)
	}
	sum, err := osfile.SHA256(path)
	if err != nil {
		t.Fatal(err)
	}
	if saved.Path != path || saved.SHA256 != sum {
		t.Errorf("saved %+v, the file has %s", saved, sum)
	}
	again, err := saved.Open()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := again.Digest(); err != nil || d != saved.Digest {
		t.Errorf("opened again: %+v, %v", d, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSaveRefusesToOverwriteItsSource(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	other := filepath.Join(dir, "other.onnx")
	if err := os.Link(path, filepath.Join(dir, "weights.bin")); err != nil { // the data file of the output is the input
		t.Skip("no links here: ", err)
	}
	for _, out := range []string{path, filepath.Join(dir, ".", "m.onnx")} {
		if _, err := f.Save(t.Context(), out, f.Model()); !errors.Is(err, ErrSelf) {
			t.Errorf("%s: got %v", out, err)
		}
	}
	fixed := Options{DataName: "weights.bin"}
	if _, err := f.SaveWith(t.Context(), other, f.Model(), fixed); !errors.Is(err, ErrSelf) {
		t.Errorf("data over the input: got %v", err)
	}
	if _, err := f.Stage(t.Context(), other, f.Model(), fixed); !errors.Is(err, ErrSelf) {
		t.Errorf("data staged over the input: got %v", err)
	}
}
