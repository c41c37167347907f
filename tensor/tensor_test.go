package tensor

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestFloat16 walks every half: widening and rounding give it back, and a number between two halves
// goes to the nearest, ties to the even one.
func TestFloat16(t *testing.T) {
	for h := range uint16(0x7c00) {
		v := Float16ToFloat64(h)
		if got := Float64ToFloat16(v); got != h {
			t.Fatalf("%04x widens to %g, which rounds to %04x", h, v, got)
		}
		if got := Float64ToFloat16(-v); got != h|0x8000 {
			t.Fatalf("-%g rounds to %04x", v, got)
		}
		if h == 0x7bff {
			continue
		}
		middle := (v + Float16ToFloat64(h+1)) / 2
		even := h + h&1
		if got := Float64ToFloat16(middle); got != even {
			t.Fatalf("%g lies between %04x and its successor and rounds to %04x", middle, h, got)
		}
		if got := Float64ToFloat16(math.Nextafter(middle, 0)); got != h {
			t.Fatalf("just below %g rounds to %04x", middle, got)
		}
	}
	if Float64ToFloat16(65520) != 0x7c00 || Float64ToFloat16(65519.99) != 0x7bff {
		t.Error("the border to infinity is not 65520")
	}
}

func TestBFloat16(t *testing.T) {
	for h := range uint16(0x7f80) {
		v := float64(math.Float32frombits(uint32(h) << 16))
		if got := Float64ToBFloat16(v); got != h {
			t.Fatalf("%04x widens to %g, which rounds to %04x", h, v, got)
		}
		if next := float64(math.Float32frombits(uint32(h+1) << 16)); h < 0x7f7f {
			if got := Float64ToBFloat16((v + next) / 2); got != h+h&1 {
				t.Fatalf("between %04x and its successor rounds to %04x", h, got)
			}
		}
	}
	if got := Float64ToBFloat16(-math.Inf(1)); got != 0xff80 {
		t.Errorf("-Inf is %04x", got)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		typ   Type
		shape []int64
		raw   int
		want  string
	}{
		"negative":  {Float32, []int64{2, -1}, 0, "negative"},
		"overflow":  {Float32, []int64{1 << 40, 1 << 40}, 0, "overflows"},
		"hidden":    {Float32, []int64{0, -3}, 0, "negative"},
		"short":     {Float32, []int64{2}, 7, "needs 8 bytes, there are 7"},
		"long":      {Int4, []int64{3}, 3, "needs 2 bytes, there are 3"},
		"strings":   {String, []int64{1}, 1, "no fixed width"},
		"undefined": {Undefined, []int64{1}, 1, "no fixed width"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.typ, c.shape, make([]byte, c.raw))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

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
		var out bytes.Buffer
		_, stats, err := small.Round(&out)
		if err != nil || stats.Flushed != flushed {
			t.Errorf("%s: %d subnormals flushed, want %d (%v)", typ, stats.Flushed, flushed, err)
		}
		if zero := bytes.Equal(out.Bytes(), make([]byte, out.Len())); zero != (flushed > 0) {
			t.Errorf("%s: bytes are % x", typ, out.Bytes())
		}
	}
}

// TestRoundFloat32 has the neighbours of every limit, and a tensor that is written in several pieces.
func TestRoundFloat32(t *testing.T) {
	const lowest, highest = 0x1p-126, math.MaxFloat32
	for name, row := range map[string]struct {
		value float64
		want  uint32
		fails bool
	}{
		"zero":                         {0, 0, false},
		"negative_zero_keeps_its_sign": {math.Copysign(0, -1), 1 << 31, false},
		"lowest_normal":                {-lowest, 1<<31 | 1<<23, false},
		"rounds_up_to_lowest_normal":   {lowest * (1 - 0x1p-25), 1 << 23, false},
		"below_it":                     {-lowest * (1 - 0x1p-23), 0, false},
		"highest":                      {highest, 0x7f7fffff, false},
		"rounds_down_to_highest":       {highest * (1 + 0x1p-26), 0x7f7fffff, false},
		"above_it":                     {-highest * (1 + 0x1p-24), 0, true},
		"nan":                          {math.NaN(), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := Compute(Float32, []int64{2}, Of([]int64{2}, 1, row.value)).Bytes()
			if row.fails != (err != nil) {
				t.Fatalf("error %v", err)
			}
			if err == nil && !bytes.Equal(raw, binary.LittleEndian.AppendUint32([]byte{0, 0, 0x80, 0x3f}, row.want)) {
				t.Errorf("bytes % x", raw)
			}
		})
	}
	for _, shape := range [][]int64{{40_000, 1}, {3, 30_000}, {5, 0}, {0, 5}} {
		n, _ := Count(shape)
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i) - 1000
		}
		stored := Of(shape, values...)
		raw, err := Compute(Float32, shape, stored).Bytes()
		if want, _ := stored.Bytes(); err != nil || !bytes.Equal(raw, want) {
			t.Errorf("%v: other bytes, or %v", shape, err)
		}
	}
}

func TestMaxAbs(t *testing.T) {
	if got := Of([]int64{3}, float32(-4), 2, 3).MaxAbs(); got != 4 {
		t.Errorf("largest magnitude %g", got)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if Of([]int64{2}, 1, v).Finite() || Of([]int64{2}, float32(v), 1).Finite() {
			t.Errorf("%g counts as finite", v)
		}
	}
}

func TestInt64s(t *testing.T) {
	got, ok := Of([]int64{2}, int32(-1), 1<<30).Int64s()
	if !ok || !slices.Equal(got, []int64{-1, 1 << 30}) {
		t.Errorf("got %v", got)
	}
	if _, ok := Of([]int64{1}, uint64(1<<63)).Int64s(); ok {
		t.Error("2⁶³ fits int64")
	}
	if _, ok := Of([]int64{1}, 1.0).Int64s(); ok {
		t.Error("a float counts as an integer")
	}
}
