package verify

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/tensor"
)

func floats(v ...float32) []byte {
	var raw []byte
	for _, f := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return raw
}

// identity answers with its input.
type identity struct{}

func (identity) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	return tensor.Map{"y": in["x"]}, nil
}
func (identity) Close() error { return nil }

func TestDataWithoutLabelsOrClasses(t *testing.T) {
	path := npzFile(t, map[string][]byte{"pictures": npyFile("<f4", "(2, 1)", false, floats(1, 2))})
	data, err := OpenData(DataOptions{Path: path, Images: "pictures", Labels: "labels"}, []tensor.Spec{image(1)})
	if err != nil || data.labels != nil || data.Samples() != 2 {
		t.Fatalf("%+v, %v", data, err)
	}
	_, err = Pair{Before: identity{}, After: identity{}, Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
	if err == nil || !strings.Contains(err.Error(), errNoClasses.Error()) {
		t.Errorf("one column as classes: %v", err)
	}
}

func TestDataIsConvertedToTheInput(t *testing.T) {
	path := npzFile(t, map[string][]byte{"images": npyFile("|u1", "(2, 2)", false, []byte{0, 1, 2, 255})})
	spec := image(2)
	spec.Type = tensor.Float16
	o := DataOptions{Path: path, Images: "images"}
	data, err := OpenData(o, []tensor.Spec{spec})
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for b, err := range data.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		if typ := b.Inputs["x"].Type(); typ != tensor.Float16 {
			t.Errorf("type %s", typ)
		}
		got = append(got, b.Inputs["x"].Float64s()...)
	}
	if diff := cmp.Diff([]float64{0, 1, 2, 255}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDataForSeveralInputs(t *testing.T) {
	path := npzFile(t, map[string][]byte{
		"x": npyFile("<f4", "(2, 1)", false, floats(1, 2)), "z": npyFile("<f4", "(2, 1)", false, floats(3, 4)),
	})
	z := image(1)
	z.Name = "z"
	data, err := OpenData(DataOptions{Path: path, Images: "images", Batch: 9}, []tensor.Spec{image(1), z})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range data.Batches() {
		if err != nil || b.Inputs["z"].Float64s()[1] != 4 || b.Inputs["x"].Float64s()[1] != 2 {
			t.Errorf("batch %+v, %v", b, err)
		}
	}
}

// TestDataOfTheExamples compares with what NumPy reads from the same file.
func TestDataOfTheExamples(t *testing.T) {
	o := Defaults().Data
	o.Path, o.Batch = filepath.Join("..", "examples", "digits.npz"), 50
	data, err := OpenData(o, []tensor.Spec{image(3, 32, 32)})
	if err != nil {
		t.Fatal(err)
	}
	var labels [10]int
	var images []float64
	for b, err := range data.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range b.Labels {
			labels[l]++
		}
		images = append(images, b.Inputs["x"].Float64s()...)
	}
	if diff := cmp.Diff([10]int{38, 31, 51, 31, 34, 39, 33, 33, 40, 30}, labels); diff != "" {
		t.Error(diff)
	}
	const plane = 32 * 32
	if got := len(images); got != 360*3*plane {
		t.Fatalf("%d elements", got)
	}
	if got := images[100*3*plane+16*32+16]; got != 1.3772276639938354 {
		t.Errorf("image 100, channel 0, row 16, column 16: %v", got)
	}
	if got := images[len(images)-1]; got != -0.9432299733161926 {
		t.Errorf("last element: %v", got)
	}
}

func TestBadData(t *testing.T) {
	good := npyFile("<f4", "(2, 2)", false, floats(1, 2, 3, 4))
	tests := []struct {
		name   string
		arrays map[string][]byte
		want   string
	}{
		{"no_images", map[string][]byte{"pictures": good}, `there is no array "images"; there are pictures`},
		{"empty_member", map[string][]byte{"images": {}}, `array "images": it is cut off in its header`},
		{"no_numpy", map[string][]byte{"images": []byte("hello, this is no array")}, `array "images": it is no .npy array`},
		{"header_without_newline", map[string][]byte{"images": []byte("\x93NUMPY\x01\x00\x04\x00abcd")}, `array "images": its header is malformed`},
		{"header_of_four_gigabytes", map[string][]byte{"images": []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}")}, `its header claims to be longer`},
		{"negative_dimension", map[string][]byte{"images": npyFile("<f4", "(2, -2)", false, nil)}, `dimension -2 is negative`},
		{"overflowing_shape", map[string][]byte{"images": npyFile("<f4", "(4611686018427387904, 2, 2)", false, nil)}, `overflows`},
		{"larger_than_the_file", map[string][]byte{"images": npyFile("<f4", "(1000000000, 2)", false, floats(1))}, `needs 8000000000 bytes, there are`},
		{"fortran_order", map[string][]byte{"images": npyFile("<f4", "(2, 2)", true, floats(1, 2, 3, 4))}, `Fortran order`},
		{"big_endian", map[string][]byte{"images": npyFile(">f4", "(2, 2)", false, floats(1, 2, 3, 4))}, `big-endian`},
		{"words", map[string][]byte{"images": npyFile("<U4", "(2, 2)", false, make([]byte, 64))}, `type "<U4" is not supported`},
		{"scalar", map[string][]byte{"images": npyFile("<f4", "()", false, floats(1))}, `is a scalar`},
		{"other_shape", map[string][]byte{"images": npyFile("<f4", "(1, 4)", false, floats(1, 2, 3, 4))}, `array "images" has shape 1,4, which does not fit input float[N,2] x`},
		{"no_sample", map[string][]byte{"images": npyFile("<f4", "(0, 2)", false, nil)}, `array "images" is empty`},
		{"labels_of_other_length", map[string][]byte{"images": good, "labels": npyFile("|u1", "(3,)", false, []byte{1, 2, 3})}, `labels are one for each of the 2 images`},
		{"labels_with_a_fraction", map[string][]byte{"images": good, "labels": npyFile("<f4", "(2,)", false, floats(1, 2))}, `labels are integers`},
		{"cut_off", map[string][]byte{"images": good[:len(good)-4]}, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Defaults().Data
			o.Path = npzFile(t, tt.arrays)
			err := readAll(o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "read data "+o.Path) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "not a regular file", filepath.Join(dir, "none"): "no such file", text: "no .npz file"} {
		if err := readAll(DataOptions{Path: path, Images: "images"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func readAll(o DataOptions) error {
	data, err := OpenData(o, []tensor.Spec{image(2)})
	if err != nil {
		return err
	}
	for _, err := range data.Batches() {
		if err != nil {
			return err
		}
	}
	return nil
}
