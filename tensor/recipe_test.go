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

// TestSettled computes few numbers once, as they are and no less unrounded, and leaves many to their recipe.
func TestSettled(t *testing.T) {
	of := &counted{Vector: Vector{1.0 / 3, -2.0 / 3, 1, 4.0 / 3}}
	x := Compute(Float32, []int64{2, 2}, of)
	if x.Settled(3) != x {
		t.Error("a recipe of more numbers is settled")
	}
	settled := x.Settled(4)
	read := of.rows
	if got := settled.Float64s(); !slices.Equal(got, of.Vector) || !settled.Computed() || of.rows != read {
		t.Errorf("it holds %v, rounded %t, and read its recipe %d times more", got, !settled.Computed(), of.rows-read)
	}
	if settled.MaxAbs() != 9 {
		t.Errorf("its numbers are at most %v, not what the recipe said", settled.MaxAbs())
	}
	if again := settled.Settled(4); again != settled {
		t.Error("what is settled is settled again")
	}
	if plain := Of[float32](nil, 1); plain.Settled(4) != plain {
		t.Error("a tensor of numbers is another one")
	}
}

// counted counts how many rows are read. Its bound is not tight.
type counted struct {
	Vector
	rows int
}

func (c *counted) Row(dst []float64, row int) {
	c.rows++
	c.Vector.Row(dst, row)
}

func (c *counted) MaxAbs() float64 { return 9 }

// TestNumbers gives the numbers of a vector themselves, and computes others.
func TestNumbers(t *testing.T) {
	v := Vector{1.0 / 3, 2}
	if got := Compute(Float32, []int64{2}, v).Numbers(); &got[0] != &v[0] || len(got) != 2 || cap(got) != 2 {
		t.Errorf("%v are a copy, or more than the tensor's", got)
	}
	if got := Of([]int64{2}, int64(3), 4).Numbers(); !slices.Equal(got, []float64{3, 4}) {
		t.Errorf("the numbers are %v", got)
	}
}
