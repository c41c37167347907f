//go:build unix

package mapped_test

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestFileTruncatedMeanwhileIsAnError(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 1<<16, ""))
	f := open(t, path)
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	const want = "the file became shorter while it was being read"
	w := f.Model.Graph.Lookup("w").Data()
	err := mapped.Guard(func() error { _ = w.Float64s(); return nil })
	if err == nil || err.Error() != want {
		t.Errorf("reading elements: %v", err)
	}
	err = mapped.Guard(func() error { _, err := w.WriteTo(sha256.New()); return err })
	if err == nil || err.Error() != want {
		t.Errorf("writing elements: %v", err)
	}
	if _, err := f.Digests(t.Context()); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("hashing: %v", err)
	}
	dir := t.TempDir()
	_, err = mapped.Save(context.Background(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{})
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("saving: %v", err)
	}
	isEmpty(t, dir)
}

func TestFileTruncatedWhileItIsHashedIsAnError(t *testing.T) {
	from := t.TempDir()
	data := write(t, filepath.Join(from, "w.bin"), weights(1<<20))
	f := open(t, write(t, filepath.Join(from, "m.onnx"), add(t, 1<<20, "w.bin")))
	// The model and the first pages are there, so that the hashing goroutine meets those that are lost.
	if err := os.Truncate(data, 1<<20); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err := mapped.Save(context.Background(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{})
	if err == nil || !strings.HasSuffix(err.Error(), "the file became shorter while it was being read") {
		t.Errorf("saving: %v", err)
	}
	isEmpty(t, dir)
}

// TestFileTruncatedBeforeItIsComputedWithIsAnError loses what weights are computed of in other goroutines than the one that saves.
func TestFileTruncatedBeforeItIsComputedWithIsAnError(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 1<<20, ""))
	f := open(t, path)
	w := f.Model.Graph.Lookup("w")
	rows, err := w.Data().Reshape([]int64{1 << 10, 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	w.SetData(tensor.Compute(tensor.Float32, rows.Shape(), rows))
	for _, left := range []int64{3 << 20, 1 << 20, 4096} {
		if err := os.Truncate(path, left); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err := mapped.Save(context.Background(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{})
		if err == nil || !strings.HasSuffix(err.Error(), "the file became shorter while it was being read") {
			t.Errorf("saving with %d bytes left: %v", left, err)
		}
		isEmpty(t, dir)
	}
}

func TestGuardLetsOtherPanicsPass(t *testing.T) {
	for name, f := range map[string]func() error{
		"a string":      func() error { panic("other") },
		"a nil pointer": func() error { var f *mapped.File; f.Path = "x"; return nil },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the panic of %s was swallowed", name)
				}
			}()
			_ = mapped.Guard(f)
		}()
	}
}
