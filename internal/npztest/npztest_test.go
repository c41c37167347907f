package npztest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio/npz"
)

// TestFile reads the arrays back with a reader of the format that somebody else wrote.
func TestFile(t *testing.T) {
	path := File(t, map[string][]byte{
		"x": Of([]int64{2, 2}, float32(1), 2, 3, 4),
		"y": Of([]int64{3}, int64(5), -6, 7),
		"z": Of([]int64{2}, uint8(0), 255),
	})
	r, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var x []float32
	var y []int64
	var z []uint8
	for name, into := range map[string]any{"x.npy": &x, "y.npy": &y, "z.npy": &z} {
		if err := r.Read(name, into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff([]float32{1, 2, 3, 4}, x); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{5, -6, 7}, y); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint8{0, 255}, z); diff != "" {
		t.Error(diff)
	}
	if shape := r.Header("x.npy").Descr.Shape; !cmp.Equal(shape, []int{2, 2}) {
		t.Errorf("shape %v", shape)
	}
}

// TestFortran says so in the header.
func TestFortran(t *testing.T) {
	r, err := npz.Open(File(t, map[string][]byte{"x": Fortran("<f4", "(1, 1)", make([]byte, 4))}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if !r.Header("x.npy").Descr.Fortran {
		t.Error("it is in C order")
	}
}
