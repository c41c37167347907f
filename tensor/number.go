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
		for i := range dst {
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		}
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

// narrow appends values to buf as little-endian bytes of type t, each rounded once to nearest even.
// Subnormal results of float and bfloat16 become zero, since they make processors slow and carry
// nothing; float16 keeps its own, which reach up to 6e-5.
func narrow(buf []byte, t Type, values []float64, stats *Rounding) ([]byte, error) {
	if t == Float32 {
		return narrowFloat32(buf, values, stats)
	}
	for _, v := range values {
		switch t {
		case Float64:
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
			if math.IsInf(v, 0) || v != v {
				return buf, overflow(t, v)
			}
		case Float16:
			bits := Float64ToFloat16(v)
			buf = binary.LittleEndian.AppendUint16(buf, bits)
			if bits&0x7c00 == 0x7c00 {
				return buf, overflow(t, v)
			}
		case BFloat16:
			bits := Float64ToBFloat16(v)
			if bits&0x7fff != 0 && bits&0x7f80 == 0 {
				bits = 0
				stats.Flushed++
			}
			buf = binary.LittleEndian.AppendUint16(buf, bits)
			if bits&0x7f80 == 0x7f80 {
				return buf, overflow(t, v)
			}
		default:
			panic(fmt.Sprintf("tensor: no rounding to %s", t))
		}
	}
	return buf, nil
}

// narrowFloat32 is [narrow] of the type that nearly all weights have: most of the time of a rounding is
// spent here.
func narrowFloat32(buf []byte, values []float64, stats *Rounding) ([]byte, error) {
	const exponent, lowest = 0x7f800000, 0x00800000
	at := len(buf)
	buf = slices.Grow(buf, 4*len(values))[:at+4*len(values)]
	out := buf[at:]
	for i, v := range values {
		bits := math.Float32bits(float32(v))
		switch e := bits & exponent; {
		case e-lowest < exponent-lowest: // a normal number
		case e == exponent:
			return buf, overflow(Float32, v)
		case bits<<1 != 0:
			bits = 0
			stats.Flushed++
		}
		binary.LittleEndian.PutUint32(out[4*i:], bits)
	}
	return buf, nil
}

func overflow(t Type, v float64) error {
	return fmt.Errorf("%g does not fit %s", v, t)
}

// scanMaxAbs is the largest magnitude in raw; NaN or +Inf when an element is not finite.
func (t *Tensor) scanMaxAbs() float64 {
	switch {
	case t.typ == Float32:
		// The order of magnitudes is the order of the bits without the sign.
		var top uint32
		for i := 0; i+4 <= len(t.raw); i += 4 {
			top = max(top, binary.LittleEndian.Uint32(t.raw[i:])&0x7fffffff)
		}
		return float64(math.Float32frombits(top))
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

// Float16ToFloat64 widens an IEEE 754 half.
func Float16ToFloat64(h uint16) float64 {
	sign := 1.0
	if h&0x8000 != 0 {
		sign = -1
	}
	exp, frac := int(h>>10&0x1f), float64(h&0x3ff)
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

// Float64ToFloat16 rounds to an IEEE 754 half, to nearest even.
func Float64ToFloat16(v float64) uint16 {
	sign := uint16(math.Float64bits(v) >> 48 & 0x8000)
	a := math.Abs(v)
	switch {
	case v != v:
		return sign | 0x7e00
	case a >= 65520:
		return sign | 0x7c00
	case a < 0x1p-14:
		return sign | uint16(math.RoundToEven(a*0x1p24))
	}
	frac, exp := math.Frexp(a) // a = frac·2^exp, 0.5 ≤ frac < 1
	return sign | uint16((exp+13)<<10+int(math.RoundToEven(frac*2048)))
}

// Float64ToBFloat16 rounds to a bfloat16, to nearest even, in one step.
func Float64ToBFloat16(v float64) uint16 {
	sign := uint16(math.Float64bits(v) >> 48 & 0x8000)
	a := math.Abs(v)
	switch {
	case v != v:
		return sign | 0x7fc0
	case a >= 0x1.ffp127:
		return sign | 0x7f80
	case a < 0x1p-126:
		return sign | uint16(math.RoundToEven(a*0x1p133))
	}
	frac, exp := math.Frexp(a)
	return sign | uint16((exp+125)<<7+int(math.RoundToEven(frac*256)))
}
