package tensor

import (
	"math"
	"slices"
	"testing"
)

// thirds is a recipe whose values no float type holds exactly.
type thirds struct{ scale float64 }

func (r thirds) Row(dst []float64, row int) {
	for i := range dst {
		dst[i] = r.scale * float64(row*len(dst)+i+1) / 3
	}
}

func (r thirds) MaxAbs() float64 { return math.Abs(r.scale) * 100 }

func TestRecipe(t *testing.T) {
	x := Compute(Float32, []int64{2, 3}, thirds{1})
	for i, v := range x.Float64s() {
		if v != float64(i+1)/3 {
			t.Errorf("element %d is %v, it should be unrounded", i, v)
		}
	}
	raw, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	rounded, _ := New(Float32, x.Shape(), raw)
	for i, v := range rounded.Float64s() {
		if v != float64(float32(float64(i+1)/3)) {
			t.Errorf("element %d is %v, it should be rounded once", i, v)
		}
	}
	flat, err := x.Reshape([]int64{3, 2})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(flat.Float64s(), x.Float64s()) {
		t.Errorf("a reshaped recipe has other elements: %v", flat.Float64s())
	}
}

// TestRowsOfNothing reads a tensor without elements at once, however many rows its shape names.
func TestRowsOfNothing(t *testing.T) {
	for _, x := range []*Tensor{
		Of[float32]([]int64{1 << 40, 0}),
		Compute(Float32, []int64{1 << 40, 0}, Vector{}),
	} {
		if got := x.Float64s(); len(got) != 0 {
			t.Errorf("it has %d elements", len(got))
		}
		if raw, err := x.Bytes(); err != nil || len(raw) != 0 {
			t.Errorf("it is %d bytes: %v", len(raw), err)
		}
	}
}
