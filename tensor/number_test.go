package tensor

import (
	"bytes"
	"encoding/binary"
	"math"
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
		if got := Float64ToFloat16(math.Nextafter(middle, 1e5)); got != h+1 {
			t.Fatalf("just above %g rounds to %04x", middle, got)
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
			middle := (v + next) / 2
			if got := Float64ToBFloat16(middle); got != h+h&1 {
				t.Fatalf("between %04x and its successor rounds to %04x", h, got)
			}
			below, above := Float64ToBFloat16(math.Nextafter(middle, 0)), Float64ToBFloat16(math.Nextafter(middle, math.MaxFloat64))
			if below != h || above != h+1 {
				t.Fatalf("beside the middle of %04x and its successor: %04x and %04x", h, below, above)
			}
		}
	}
	if got := Float64ToBFloat16(-math.Inf(1)); got != 0xff80 {
		t.Errorf("-Inf is %04x", got)
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
