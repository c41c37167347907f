package tensor

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRound(t *testing.T) {
	for _, typ := range []Type{Float32, Float16, BFloat16} {
		big := Compute(typ, []int64{1}, thirds{typ.MaxFinite() * 6})
		if _, err := big.Bytes(); err == nil || big.Fits() {
			t.Errorf("%s: twice the largest number is written", typ)
		}
		if fits := Compute(typ, []int64{1}, thirds{typ.MaxFinite() * 3}); !fits.Fits() {
			t.Errorf("%s: the largest number is refused", typ)
		}
	}
	for typ, flushed := range map[Type]int{Float32: 2, BFloat16: 2, Float16: 0} {
		small := Compute(typ, []int64{2}, thirds{0x1p-128})
		if typ == Float16 {
			small = Compute(typ, []int64{2}, thirds{0x1p-18})
		}
		var r Rounder
		out, err := r.Append(nil, small, 0, 2)
		if err != nil || r.Flushed != flushed {
			t.Errorf("%s: %d subnormals flushed, want %d (%v)", typ, r.Flushed, flushed, err)
		}
		if zero := bytes.Equal(out, make([]byte, len(out))); zero != (flushed > 0) {
			t.Errorf("%s: bytes are % x", typ, out)
		}
	}
}

// TestAppend rounds some rows of a recipe after bytes that are there.
func TestAppend(t *testing.T) {
	x := Compute(Float32, []int64{5, 3}, Vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14})
	all, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var r Rounder
	got, err := r.Append([]byte{7}, x, 1, 4)
	if want := append([]byte{7}, all[12:48]...); err != nil || !bytes.Equal(got, want) {
		t.Errorf("rows 1 to 3 are % x, want % x (%v)", got, want, err)
	}
	overflows := Compute(Float16, []int64{3, 1}, Vector{1, 1e6, 1})
	if _, err := r.Append(nil, overflows, 0, 3); err == nil || err.Error() != "row 1: 1e+06 does not fit float16" {
		t.Errorf("got %v", err)
	}
}

// TestFloat32Loops compares the loops for float32, which take several elements at a time, with one after another, for all
// lengths and with numbers of every exponent.
func TestFloat32Loops(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 1))
	for n := range 40 {
		var raw []byte
		top := 0.0
		values := make(Vector, n)
		for i := range n {
			bits := r.Uint32()
			if bits&0x7f800000 == 0x7f800000 || bits&0x7f800000 == 0 {
				bits = 0x80000000 // no infinity, NaN or subnormal
			}
			raw = binary.LittleEndian.AppendUint32(raw, bits)
			values[i] = float64(math.Float32frombits(bits))
			top = max(top, math.Abs(values[i]))
		}
		x, err := New(Float32, []int64{int64(n)}, raw)
		if err != nil {
			t.Fatal(err)
		}
		wide := x.Float64s()
		for i, v := range values {
			if math.Float64bits(wide[i]) != math.Float64bits(v) {
				t.Errorf("element %d of %d is %g, want %g", i, n, wide[i], v)
			}
		}
		if x.MaxAbs() != top {
			t.Errorf("the largest magnitude of %d is %g, want %g", n, x.MaxAbs(), top)
		}
		if back, err := Compute(Float32, x.Shape(), x).Bytes(); err != nil || !bytes.Equal(back, raw) {
			t.Errorf("%d numbers are not rounded to what they were: %v", n, err)
		}
	}
}
