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

// inFolder writes arrays to a folder, each to an .npy file.
func inFolder(t *testing.T, arrays map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range arrays {
		if err := os.WriteFile(filepath.Join(dir, name+".npy"), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestForms reads the same samples in batches from every form of a file.
func TestForms(t *testing.T) {
	arrays := map[string][]byte{
		"images": npztest.Of([]int64{5, 2}, float32(0), 1, 2, 3, 4, 5, 6, 7, 8, 9), "labels": npztest.Of([]int64{5}, int64(3), 1, 4, 1, 5),
	}
	folder := inFolder(t, arrays)
	for path, labels := range map[string]int{
		npztest.File(t, arrays): 5, stored(t, arrays): 5, folder: 5, filepath.Join(folder, "images.npy"): 0,
	} {
		o := Defaults()
		o.Path, o.Batch = path, 2
		s, err := Open(o, []tensor.Spec{spec("x", tensor.Float32, "n", 2)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []float64
		var rows []string
		for b, err := range s.Batches() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, fmt.Sprint(b.First, b.Rows, b.Padded))
			numbers = append(numbers, b.Inputs["x"].Float64s()...)
		}
		classes, _ := s.Labels()
		if !slices.Equal(rows, []string{"0 2 2", "2 2 2", "4 1 1"}) || !slices.Equal(numbers, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) || len(classes) != labels {
			t.Errorf("%s: %q, %v, labels %v", path, rows, numbers, classes)
		}
	}
}

// TestFolderOfSamples reads arrays named like the inputs, for a fixed batch too.
func TestFolderOfSamples(t *testing.T) {
	dir := inFolder(t, map[string][]byte{"a": npztest.Of([]int64{3, 1}, float32(1), 2, 3), "b": npztest.Of([]int64{3}, int64(4), 5, 6)})
	for want, batch := range map[string]any{
		"0 3 3 map[a:[3 1] b:[3]]":                           "n",
		"0 2 2 map[a:[2 1] b:[2]]; 2 1 2 map[a:[2 1] b:[2]]": 2,
	} {
		o := Defaults()
		o.Path = dir
		s, err := Open(o, []tensor.Spec{spec("a", tensor.Float32, batch, 1), spec("b", tensor.Int64, batch)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := told(t, s); got != want || s.Samples() != 3 {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestDamagedForms names in one line what is wrong with a file that was cut off or whose arrays do not belong together.
func TestDamagedForms(t *testing.T) {
	images := npztest.Of([]int64{3, 2}, float32(0), 1, 2, 3, 4, 5)
	two := npztest.Of([]int64{2}, int64(0), 1)
	more := slices.Concat(images, []byte{0})
	file := func(content []byte, name string) string {
		return filepath.Join(inFolder(t, map[string][]byte{name: content}), name+".npy")
	}
	for _, c := range []struct {
		path, want string
		inputs     int
	}{
		{file(images[:len(images)-1], "x"), `array "x.npy": shape 3,2 needs 24 bytes, there are 23`, 1},
		{file(images[:20], "x"), `array "x.npy": its header is malformed`, 1},
		{file(images[:9], "x"), `array "x.npy": it is cut off in its header`, 1},
		{file(images[:3], "x"), `it is not an .npz file`, 1},
		{file(more, "x"), `array "x.npy": it unpacks to more than its shape needs`, 1},
		{file(npztest.Array(">f4", "(3, 2)", make([]byte, 24)), "x"), `array "x.npy": type >f4 is big-endian`, 1},
		{file(images, "x"), `it is one array, and the model has 2 inputs; give an .npz file, or a folder with an .npy file for each input`, 2},
		{file(two, "x"), `array "x.npy" has shape 2, which does not fit input float[n,2] x0`, 1},
		{inFolder(t, map[string][]byte{"images": images, "labels": two}), `array "labels" has shape 2; labels are one for each of the 3 images`, 1},
		{inFolder(t, map[string][]byte{"x0": images, "x1": npztest.Of([]int64{1, 2}, float32(0), 1)}), `array "x1" holds 1 samples, the others 3`, 2},
		{inFolder(t, map[string][]byte{"x0": images}), `there is no x1.npy; there are x0`, 2},
		{inFolder(t, map[string][]byte{"images": images[:len(images)-9]}), `array "images": shape 3,2 needs 24 bytes, there are 15`, 1},
		{stored(t, map[string][]byte{"images": images[:len(images)-9]}), `array "images": shape 3,2 needs 24 bytes, there are 15`, 1},
	} {
		var inputs []tensor.Spec
		for k := range c.inputs {
			inputs = append(inputs, spec(fmt.Sprint("x", k), tensor.Float32, "n", 2))
		}
		o := Defaults()
		o.Path = c.path
		s, err := Open(o, inputs, nil)
		if err == nil {
			for _, failed := range s.Batches() {
				err = failed
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "read data "+c.path+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestCutOffArchive ends where a deflated entry does.
func TestCutOffArchive(t *testing.T) {
	noise := make([]float32, 4000)
	for k := range noise {
		noise[k] = float32(k*k%9973) / 7
	}
	path := npztest.File(t, map[string][]byte{"images": npztest.Of([]int64{2000, 2}, noise...)})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"zip: not a valid zip file": text[:len(text)/2],
		`array "images": `:          slices.Concat(text[:len(text)/3], make([]byte, len(text)/3), text[len(text)/3*2:]),
	} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Defaults()
		o.Path = path
		s, err := Open(o, []tensor.Spec{spec("x", tensor.Float32, "n", 2)}, nil)
		if err == nil {
			for _, failed := range s.Batches() {
				err = failed
			}
		}
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, name)
		}
	}
}
