package tensor

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// widen converts len(dst) elements from index at on to float64.
func (t *Tensor) widen(dst []float64, at int) {
	size := t.typ.Bits() / 8
	if t.typ.Bits() < 8 {
		panic(fmt.Sprintf("tensor: elements of type %s are not read as numbers", t.typ))
	}
	raw := t.raw[at*size : (at+len(dst))*size]
	switch t.typ {
	case Float32:
		widenFloat32(dst, raw)
	case Float64:
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case Float16:
		for i := range dst {
			dst[i] = Float16ToFloat64(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case BFloat16:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16))
		}
	default:
		t.widenInteger(dst, raw)
	}
	t.tell(len(raw))
}

// widenFloat32 is [Tensor.widen] of the type that nearly all weights have, four at a time: so the compiler checks no index in
// the loop.
func widenFloat32(dst []float64, raw []byte) {
	for len(dst) >= 4 && len(raw) >= 16 {
		dst[0] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[0:])))
		dst[1] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4:])))
		dst[2] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[8:])))
		dst[3] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[12:])))
		dst, raw = dst[4:], raw[16:]
	}
	for i := range dst {
		dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
}

func (t *Tensor) widenInteger(dst []float64, raw []byte) {
	for i := range dst {
		switch t.typ {
		case Int64:
			dst[i] = float64(int64(binary.LittleEndian.Uint64(raw[8*i:])))
		case Uint64:
			dst[i] = float64(binary.LittleEndian.Uint64(raw[8*i:]))
		case Int32:
			dst[i] = float64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		case Uint32:
			dst[i] = float64(binary.LittleEndian.Uint32(raw[4*i:]))
		case Int16:
			dst[i] = float64(int16(binary.LittleEndian.Uint16(raw[2*i:])))
		case Uint16:
			dst[i] = float64(binary.LittleEndian.Uint16(raw[2*i:]))
		case Int8:
			dst[i] = float64(int8(raw[i]))
		case Uint8, Bool:
			dst[i] = float64(raw[i])
		default:
			panic(fmt.Sprintf("tensor: elements of type %s are not read as numbers", t.typ))
		}
	}
}

// scanMaxAbs is the largest magnitude in raw; NaN or +Inf when an element is not finite.
func (t *Tensor) scanMaxAbs() float64 {
	switch {
	case t.typ == Float32:
		return float64(math.Float32frombits(topOf(t, topFloat32)))
	case t.typ == Float16:
		return Float16ToFloat64(topOf(t, topHalf))
	case t.typ == BFloat16:
		return float64(math.Float32frombits(uint32(topOf(t, topHalf)) << 16))
	case t.typ.IsFloat() || t.typ.IsInteger() || t.typ == Bool:
		top := 0.0
		buf := make([]float64, min(t.count, 4096))
		for at := 0; at < t.count; at += len(buf) {
			part := buf[:min(len(buf), t.count-at)]
			t.widen(part, at)
			for _, v := range part {
				top = max(top, math.Abs(v))
			}
		}
		return top
	}
	return math.NaN()
}

// topOf is the largest of what a function finds in each piece of the elements.
func topOf[T uint16 | uint32](t *Tensor, find func(raw []byte) T) T {
	var top T
	for piece := range slices.Chunk(t.raw, 1<<20) {
		top = max(top, find(piece))
		t.tell(len(piece))
	}
	return top
}

// topFloat32 is the bits of the largest magnitude: their order without the sign is that of the magnitudes. No element waits
// for the one before it.
func topFloat32(raw []byte) uint32 {
	const magnitude = 0x7fffffff
	var a, b, c, d uint32
	for len(raw) >= 16 {
		a = max(a, binary.LittleEndian.Uint32(raw[0:])&magnitude)
		b = max(b, binary.LittleEndian.Uint32(raw[4:])&magnitude)
		c = max(c, binary.LittleEndian.Uint32(raw[8:])&magnitude)
		d = max(d, binary.LittleEndian.Uint32(raw[12:])&magnitude)
		raw = raw[16:]
	}
	for ; len(raw) >= 4; raw = raw[4:] {
		a = max(a, binary.LittleEndian.Uint32(raw)&magnitude)
	}
	return max(a, b, c, d)
}

// topHalf is [topFloat32] of two bytes each.
func topHalf(raw []byte) uint16 {
	var top uint16
	for ; len(raw) >= 2; raw = raw[2:] {
		top = max(top, binary.LittleEndian.Uint16(raw)&0x7fff)
	}
	return top
}

// Float16ToFloat64 widens an IEEE 754 half.
func Float16ToFloat64(h uint16) float64 {
	sign, rest := uint64(h&0x8000)<<48, h&0x7fff
	switch {
	case rest < 0x0400:
		return math.Float64frombits(sign | math.Float64bits(float64(rest)*0x1p-24))
	case rest > 0x7c00:
		return math.NaN()
	case rest == 0x7c00:
		return math.Float64frombits(sign | math.Float64bits(math.Inf(1)))
	}
	return math.Float64frombits(sign | (uint64(rest)<<42 + (1023-15)<<52))
}

// Float64ToFloat16 rounds to an IEEE 754 half, to nearest even.
func Float64ToFloat16(v float64) uint16 {
	bits := math.Float64bits(v)
	sign := uint16(bits >> 48 & 0x8000)
	a := math.Float64frombits(bits &^ (1 << 63))
	switch {
	case a >= 0x1p-14 && a < 65520:
		return sign | uint16(withoutLast(bits&^(1<<63), 42)-(1023-15)<<10)
	case v != v:
		return sign | 0x7e00
	case a >= 65520:
		return sign | 0x7c00
	}
	return sign | uint16(math.RoundToEven(a*0x1p24))
}

// Float64ToBFloat16 rounds to a bfloat16, to nearest even, in one step.
func Float64ToBFloat16(v float64) uint16 {
	bits := math.Float64bits(v)
	sign := uint16(bits >> 48 & 0x8000)
	a := math.Float64frombits(bits &^ (1 << 63))
	switch {
	case a >= 0x1p-126 && a < 0x1.ffp127:
		return sign | uint16(withoutLast(bits&^(1<<63), 45)-(1023-127)<<7)
	case v != v:
		return sign | 0x7fc0
	case a >= 0x1.ffp127:
		return sign | 0x7f80
	}
	return sign | uint16(math.RoundToEven(a*0x1p133))
}

// withoutLast drops the last n bits, to nearest even. A fraction that is rounded up to 2 adds one to the exponent in front of it.
func withoutLast(bits uint64, n int) uint64 {
	return (bits + (1<<(n-1) - 1) + bits>>n&1) >> n
}
