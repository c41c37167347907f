package mapped_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

func isEmpty(tb testing.TB, dir string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		tb.Errorf("%s was left behind", e.Name())
	}
}

func TestModelsThatCameWithADataFileGoOutWithOne(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), weights(300))
	f := open(t, write(t, filepath.Join(dir, "m.onnx"), add(t, 300, "w.bin")))
	out := filepath.Join(t.TempDir(), "out.onnx")
	saved, err := mapped.Save(context.Background(), out, f.Model, mapped.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if saved.Data == nil || saved.Data[0].Path != out+"."+saved.Data[0].SHA256[:16]+".data" || saved.Data[0].Bytes != 1200 || saved.Data[0].SHA256 != digest(t, saved.Data[0].Path) {
		t.Fatalf("saved %+v", saved)
	}
	got, err := open(t, out).Model.Graph.Lookup("w").Data().Bytes()
	if err != nil || !slices.Equal(got, weights(300)) {
		t.Errorf("read %d bytes, error %v", len(got), err)
	}
}

// TestRoundingIsTold says how many numbers that a pass made are too small for a normal float32.
func TestRoundingIsTold(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 4, "")))
	f.Model.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{4}, tensor.Vector{1e-40, 1, -1e-42, 0}))
	saved, err := mapped.Save(t.Context(), filepath.Join(t.TempDir(), "o.onnx"), f.Model, mapped.Options{})
	if err != nil || saved.Flushed != 2 {
		t.Errorf("%d numbers were rounded to zero, %v", saved.Flushed, err)
	}
}

func TestModelsPastTheLimitGoOutWithADataFile(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	for limit, data := range map[int64]bool{0: false, f.Size(): false, f.Size() - 1: true, 1: true} {
		path := filepath.Join(t.TempDir(), "o.onnx")
		saved, err := mapped.Save(context.Background(), path, f.Model, mapped.Options{Limit: limit})
		if err != nil || (saved.Data != nil) != data {
			t.Errorf("limit %d: saved %+v, error %v", limit, saved, err)
		}
	}
}

// TestPlaces puts the weights where it is told to, wherever they came from, and never too many into one file.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), weights(300))
	inside, outside := open(t, write(t, filepath.Join(dir, "i.onnx"), add(t, 300, ""))), open(t, write(t, filepath.Join(dir, "o.onnx"), add(t, 300, "w.bin")))
	for place, wants := range map[mapped.Place][2]bool{mapped.ByDefault: {false, true}, mapped.Inline: {}, mapped.External: {true, true}} {
		for i, f := range []*mapped.File{inside, outside} {
			out := filepath.Join(t.TempDir(), "out.onnx")
			saved, err := mapped.Save(t.Context(), out, f.Model, mapped.Options{Weights: place})
			if err != nil || (saved.Data != nil) != wants[i] {
				t.Fatalf("%q of model %d: saved %+v, %v", place, i, saved, err)
			}
			if got, err := open(t, out).Model.Graph.Lookup("w").Data().Bytes(); err != nil || !slices.Equal(got, weights(300)) {
				t.Errorf("%q of model %d: read %d bytes, error %v", place, i, len(got), err)
			}
		}
	}
	empty := t.TempDir()
	_, err := mapped.Save(t.Context(), filepath.Join(empty, "out.onnx"), outside.Model, mapped.Options{Weights: mapped.Inline, Limit: 1200})
	if !errors.Is(err, mapped.ErrInline) || !strings.Contains(err.Error(), "a file of this format has at most 1200; let its weights go to a data file") {
		t.Errorf("got %v", err)
	}
	isEmpty(t, empty)
}

func TestUnwritablePlacesAreRefusedInOneLine(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "absent", "out.onnx"): "no such file or directory",
		dir:                                      "exists and is not a regular file",
	} {
		_, err := mapped.Save(context.Background(), path, f.Model, mapped.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "write model "+path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", path, err)
		}
	}
	isEmpty(t, dir)
}

func TestCancelledSaveLeavesNothing(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	for _, limit := range []int64{0, 1} {
		if _, err := mapped.Save(ctx, filepath.Join(dir, "o.onnx"), f.Model, mapped.Options{Limit: limit}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	isEmpty(t, dir)
}

// tooLarge fails when it is rounded to float.
type tooLarge struct{}

func (tooLarge) Row(dst []float64, _ int) {
	for i := range dst {
		dst[i] = 1e300
	}
}

func (tooLarge) MaxAbs() float64 { return 1e300 }

func TestFailedSaveKeepsTheOldFile(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	f.Model.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{300}, tooLarge{}))
	dir := t.TempDir()
	out := write(t, filepath.Join(dir, "o.onnx"), []byte("old"))
	_, err := mapped.Save(context.Background(), out, f.Model, mapped.Options{})
	if err == nil || !strings.Contains(err.Error(), `tensor "w": row 0: 1e+300 does not fit float`) {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "old" {
		t.Errorf("the old file holds %q, error %v", got, err)
	}
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	isEmpty(t, dir)
}

func TestSavedFileHasThePermissionsOfAnyNewFile(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, "")))
	dir := t.TempDir()
	plain, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	saved, err := mapped.Save(context.Background(), filepath.Join(dir, "o.onnx"), f.Model, mapped.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err1 := plain.Stat()
	got, err2 := os.Stat(saved.Path)
	if err := errors.Join(err1, err2); err != nil || got.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v, error %v", got.Mode(), want.Mode(), err)
	}
}

// TestSaveTouchesNothingElse saves a model into a folder, and from a folder, where files lie that have
// the names of data files: they stay as they are.
func TestSaveTouchesNothingElse(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	t.Chdir(here)
	foreign := []string{filepath.Join(here, "out.data"), filepath.Join(here, "out.onnx.data"), filepath.Join(there, "out.data"), filepath.Join(there, "m.onnx.data")}
	for _, path := range foreign {
		if err := os.WriteFile(path, []byte("foreign"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, write(t, filepath.Join(there, "m.onnx"), add(t, 300, "")))
	if _, err := mapped.Save(t.Context(), filepath.Join(there, "out.onnx"), f.Model, mapped.Options{Source: f}); err != nil {
		t.Fatal(err)
	}
	for _, path := range foreign {
		if got, err := os.ReadFile(path); err != nil || string(got) != "foreign" {
			t.Errorf("%s holds %q (%v)", path, got, err)
		}
	}
	for dir, want := range map[string]int{here: 2, there: 4} {
		if files, err := os.ReadDir(dir); err != nil || len(files) != want {
			t.Errorf("%d files in %s, want %d (%v)", len(files), dir, want, err)
		}
	}
}
