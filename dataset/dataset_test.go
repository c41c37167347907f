package dataset

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// image is the input x of a model, with an open batch.
func image(dims ...int64) tensor.Spec {
	s := tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}}
	for _, d := range dims {
		s.Shape = append(s.Shape, tensor.Fixed(d))
	}
	return s
}

func floats(v ...float32) []byte {
	var raw []byte
	for _, f := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return raw
}

func TestWithoutLabels(t *testing.T) {
	path := npztest.File(t, map[string][]byte{"pictures": npztest.Array("<f4", "(2, 1)", floats(1, 2))})
	data, err := Open(Options{Path: path, Images: "pictures", Labels: "labels"}, []tensor.Spec{image(1)}, nil)
	if err != nil || data.labels != nil || data.Samples() != 2 {
		t.Fatalf("%+v, %v", data, err)
	}
}

func TestBatchesAreConvertedToTheInput(t *testing.T) {
	path := npztest.File(t, map[string][]byte{"images": npztest.Array("|u1", "(2, 2)", []byte{0, 1, 2, 255})})
	spec := image(2)
	spec.Type = tensor.Float16
	o := Options{Path: path, Images: "images"}
	data, err := Open(o, []tensor.Spec{spec}, nil)
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

func TestSeveralInputs(t *testing.T) {
	path := npztest.File(t, map[string][]byte{
		"x": npztest.Array("<f4", "(2, 1)", floats(1, 2)), "z": npztest.Array("<f4", "(2, 1)", floats(3, 4)),
	})
	z := image(1)
	z.Name = "z"
	data, err := Open(Options{Path: path, Images: "images", Batch: 9}, []tensor.Spec{image(1), z}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range data.Batches() {
		if err != nil || b.Inputs["z"].Float64s()[1] != 4 || b.Inputs["x"].Float64s()[1] != 2 {
			t.Errorf("batch %+v, %v", b, err)
		}
	}
}

// TestScalarInput gives an input that is one number to each batch.
func TestScalarInput(t *testing.T) {
	path := npztest.File(t, map[string][]byte{"x": npztest.Of([]int64{2, 1}, float32(1), 2), "rate": npztest.Of(nil, int64(16000))})
	rate := tensor.Spec{Name: "rate", Type: tensor.Int64, Ranked: true}
	s, err := Open(Options{Path: path, Batch: 1}, []tensor.Spec{rate, image(1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	for b, err := range s.Batches() {
		if err != nil || b.Inputs["rate"].Float64s()[0] != 16000 || b.Inputs["rate"].Rank() != 0 {
			t.Errorf("batch %+v, %v", b, err)
		}
		batches++
	}
	if batches != 2 {
		t.Errorf("%d batches", batches)
	}
	rate.Type = tensor.Int32
	if _, err := Open(Options{Path: path}, []tensor.Spec{rate, image(1)}, nil); err == nil || !strings.Contains(err.Error(), `array "rate" is int64, input "rate" is int32`) {
		t.Errorf("another type: %v", err)
	}
	if _, err := Open(Options{Path: path, Images: "rate"}, []tensor.Spec{{Name: "rate", Type: tensor.Int64, Ranked: true}}, nil); err == nil || !strings.Contains(err.Error(), "no input that takes a batch") {
		t.Errorf("nothing else: %v", err)
	}
}

// TestArrayNamedLikeTheInput takes it where there is none of the name for images.
func TestArrayNamedLikeTheInput(t *testing.T) {
	path := npztest.File(t, map[string][]byte{"x": npztest.Of([]int64{2, 1}, float32(1), 2)})
	if s, err := Open(Options{Path: path, Images: "images"}, []tensor.Spec{image(1)}, nil); err != nil || s.Samples() != 2 {
		t.Errorf("%v, %v", s, err)
	}
}

// TestDigitsOfTheExamples compares with what NumPy reads from the same file.
func TestDigitsOfTheExamples(t *testing.T) {
	o := Defaults()
	o.Path, o.Batch = filepath.Join("..", "examples", "digits.npz"), 50
	data, err := Open(o, []tensor.Spec{image(3, 32, 32)}, nil)
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

func TestOpenRefuses(t *testing.T) {
	good := npztest.Array("<f4", "(2, 2)", floats(1, 2, 3, 4))
	tests := []struct {
		name   string
		arrays map[string][]byte
		want   string
	}{
		{"no_images", map[string][]byte{"pictures": good}, `there is no array "images"; there are pictures`},
		{"empty_member", map[string][]byte{"images": {}}, `array "images": it is cut off in its header`},
		{"no_numpy", map[string][]byte{"images": []byte("hello, this is no array")}, `array "images": it is not an .npy array`},
		{"header_without_newline", map[string][]byte{"images": []byte("\x93NUMPY\x01\x00\x04\x00abcd")}, `array "images": its header is malformed`},
		{"header_of_four_gigabytes", map[string][]byte{"images": []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}")}, `its header claims to be longer`},
		{"negative_dimension", map[string][]byte{"images": npztest.Array("<f4", "(2, -2)", nil)}, `dimension -2 is negative`},
		{"overflowing_shape", map[string][]byte{"images": npztest.Array("<f4", "(4611686018427387904, 2, 2)", nil)}, `overflows`},
		{"larger_than_the_file", map[string][]byte{"images": npztest.Array("<f4", "(1000000000, 2)", floats(1))}, `needs 8000000000 bytes, there are`},
		{"fortran_order", map[string][]byte{"images": npztest.Fortran("<f4", "(2, 2)", floats(1, 2, 3, 4))}, `Fortran order`},
		{"big_endian", map[string][]byte{"images": npztest.Array(">f4", "(2, 2)", floats(1, 2, 3, 4))}, `big-endian`},
		{"words", map[string][]byte{"images": npztest.Array("<U4", "(2, 2)", make([]byte, 64))}, `array "images" is string, input "x" is float`},
		{"scalar", map[string][]byte{"images": npztest.Array("<f4", "()", floats(1))}, `is a scalar`},
		{"other_shape", map[string][]byte{"images": npztest.Array("<f4", "(1, 4)", floats(1, 2, 3, 4))}, `array "images" has shape 1,4, which does not fit input float[N,2] x`},
		{"no_sample", map[string][]byte{"images": npztest.Array("<f4", "(0, 2)", nil)}, `array "images" is empty`},
		{"labels_of_other_length", map[string][]byte{"images": good, "labels": npztest.Array("|u1", "(3,)", []byte{1, 2, 3})}, `labels are one for each of the 2 images`},
		{"cut_off", map[string][]byte{"images": good[:len(good)-4]}, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Defaults()
			o.Path = npztest.File(t, tt.arrays)
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
	for path, want := range map[string]string{dir: "neither .npz files", filepath.Join(dir, "none"): "no such file", text: "not an .npz file"} {
		if err := readAll(Options{Path: path, Images: "images"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func readAll(o Options) error {
	data, err := Open(o, []tensor.Spec{image(2)}, nil)
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

func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		change func(o *Options)
		want   string
	}{
		"defaults": {func(*Options) {}, ""},
		"no_path":  {func(o *Options) { *o = Options{} }, ""},
		"batch":    {func(o *Options) { o.Batch = 0 }, "batch must be 1 to 100000, not 0"},
		"images":   {func(o *Options) { o.Images = "" }, "images must name an array of the data"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Defaults()
			o.Path = "x.npz"
			c.change(&o)
			if err := o.Validate(); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
