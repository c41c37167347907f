package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

func spec(name string, typ tensor.Type, sizes ...any) tensor.Spec {
	s := tensor.Spec{Name: name, Type: typ, Ranked: true}
	for _, size := range sizes {
		if symbol, ok := size.(string); ok {
			s.Shape = append(s.Shape, tensor.Dim{Size: -1, Param: symbol})
		} else {
			s.Shape = append(s.Shape, tensor.Fixed(int64(size.(int))))
		}
	}
	return s
}

// voice is a model as those that detect speech: a batch, a state that has it inside, and a number.
func voice() []tensor.Spec {
	return []tensor.Spec{
		spec("x", tensor.Float32, "batch", "length"), spec("state", tensor.Float32, 2, "batch", 3), spec("rate", tensor.Int64),
	}
}

func voiceOf(t *testing.T, to string, batch, length int64) {
	t.Helper()
	path := npztest.File(t, map[string][]byte{
		"x":     npztest.Of([]int64{batch, length}, make([]float32, batch*length)...),
		"state": npztest.Of([]int64{2, batch, 3}, make([]float32, 6*batch)...),
		"rate":  npztest.Array("<i8", "()", []byte{0, 1, 0, 0, 0, 0, 0, 0}),
	})
	if err := os.Rename(path, to); err != nil {
		t.Fatal(err)
	}
}

// told is the shapes of each run, and what counts in it.
func told(t *testing.T, s *Set) string {
	t.Helper()
	var list []string
	for b, err := range s.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		shapes := map[string][]int64{}
		for name, in := range b.Inputs {
			shapes[name] = in.Shape()
		}
		list = append(list, fmt.Sprint(b.First, b.Rows, b.Padded, shapes))
	}
	return strings.Join(list, "; ")
}

// TestInputsOfOneRun reads arrays that are no rows of samples, since the inputs have no first dimension in common.
func TestInputsOfOneRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.npz")
	voiceOf(t, path, 2, 5)
	o := Defaults()
	o.Path = path
	s, err := Open(o, voice(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(t, s), "0 2 2 map[rate:[] state:[2 2 3] x:[2 5]]"; got != want || s.Samples() != 2 {
		t.Errorf("%s, want %s; %d samples", got, want, s.Samples())
	}
}

// TestFolderOfRuns reads a file for each run, in the order of their names, each of a size of its own.
func TestFolderOfRuns(t *testing.T) {
	dir := t.TempDir()
	voiceOf(t, filepath.Join(dir, "b.npz"), 1, 7)
	voiceOf(t, filepath.Join(dir, "a.npz"), 3, 5)
	if err := os.WriteFile(filepath.Join(dir, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: dir}, voice(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "0 3 3 map[rate:[] state:[2 3 3] x:[3 5]]; 3 1 1 map[rate:[] state:[2 1 3] x:[1 7]]"
	if got := told(t, s); got != want || s.Samples() != 4 {
		t.Errorf("%s, want %s; %d samples", got, want, s.Samples())
	}
}

// TestFolderOfArrays reads an .npy file for each input. Without a batch nothing counts by itself.
func TestFolderOfArrays(t *testing.T) {
	dir := t.TempDir()
	for name, array := range map[string][]byte{
		"ids": npztest.Of([]int64{1, 4}, int64(101), 7, 8, 102), "past": npztest.Array("<f4", "(1, 2, 0, 8)", nil),
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".npy"), array, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inputs := []tensor.Spec{spec("ids", tensor.Int64, 1, "length"), spec("past", tensor.Float16, 1, 2, "past_length", 8)}
	s, err := Open(Options{Path: dir}, inputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(t, s), "0 0 0 map[ids:[1 4] past:[1 2 0 8]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for b, err := range s.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		ids, _ := b.Inputs["ids"].Int64s()
		if !slices.Equal(ids, []int64{101, 7, 8, 102}) || b.Inputs["past"].Type() != tensor.Float16 {
			t.Errorf("%v, %s", ids, b.Inputs["past"].Type())
		}
	}
}

func TestRunsRefuse(t *testing.T) {
	dir := t.TempDir()
	voiceOf(t, filepath.Join(dir, "a.npz"), 1, 7)
	sequence := tensor.Spec{Name: "list"}
	for _, c := range []struct {
		name   string
		inputs []tensor.Spec
		want   string
	}{
		{"a missing array", append(voice(), spec("mask", tensor.Bool, "batch")), `a.npz: there is no array "mask"; there are`},
		{"another shape", []tensor.Spec{spec("x", tensor.Float32, "batch", 8)}, `a.npz: array "x" has shape 1,7, which does not fit input float[batch,8] x`},
		{"another type", []tensor.Spec{spec("x", tensor.Int64, "batch", 7)}, `a.npz: array "x" is float, input "x" is int64`},
		{"words as numbers", []tensor.Spec{spec("x", tensor.String, "batch", 7)}, `a.npz: array "x" is float, input "x" is string`},
		{"a sequence", []tensor.Spec{sequence}, `input "list" is no tensor but a sequence`},
	} {
		if _, err := Open(Options{Path: dir}, c.inputs, nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "read data "+dir) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.npy"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: dir}, voice(), nil); err == nil || !strings.Contains(err.Error(), "keep either") {
		t.Errorf("both kinds of files: %v", err)
	}
}

// TestDamagedRuns cuts an array off after it was opened.
func TestDamagedRuns(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	array := npztest.Of([]int64{2, 2}, float32(1), 2, 3, 4)
	if err := os.WriteFile(path, array, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: dir}, []tensor.Spec{spec("x", tensor.Float32, "N", 2)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(array)-4)); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Batches() {
		if err == nil || !strings.Contains(err.Error(), `array "x"`) {
			t.Errorf("error %v", err)
		}
	}
}
