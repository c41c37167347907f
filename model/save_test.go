package model

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
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
	data := filepath.Join(dir, "other.onnx")
	if err := os.Link(path, mapped.DataPath(data)); err != nil { // the data file of the output is the input
		t.Skip("no links here: ", err)
	}
	for _, out := range []string{path, filepath.Join(dir, ".", "m.onnx"), data} {
		if _, err := f.Save(t.Context(), out, f.Model()); !errors.Is(err, ErrSelf) {
			t.Errorf("%s: got %v", out, err)
		}
	}
}
