package eval

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// cast converts between numbers. Computed floats convert to integers where rounding cannot move them to another one.
// What a Cast to a narrower float rounds is not the model's own value any more, so such a Cast stays.
func (e evaluation) cast(to tensor.Type) (*tensor.Tensor, bool) {
	from := e.in[0]
	if to == from.Type() {
		return from, true
	}
	if from.Type().Bits() < 8 || !to.Known() || to.ByteSize(from.Len()) > e.limit || !e.spend(from.Len()) {
		return nil, false
	}
	if ints, ok := from.Int64s(); ok {
		if to.IsFloat() {
			return castToFloats(to, from.Shape(), ints)
		}
		return integers(to, from.Shape(), ints)
	}
	if !from.Type().IsFloat() || !from.Finite() {
		return nil, false
	}
	values := from.Float64s()
	if to.IsFloat() && from.Computed() {
		t, ok := floats(to, from.Shape(), values) // it stays unrounded
		return t, ok && to.Holds(from.Type())
	}
	if to.IsFloat() {
		return exactly(to, from.Shape(), values)
	}
	if to == tensor.Bool && !e.constantAround(from, signOf) || to != tensor.Bool && !e.constantAround(from, math.Trunc) {
		return nil, false
	}
	ints := make([]int64, len(values))
	for i, v := range values {
		switch {
		case to == tensor.Bool:
			if v != 0 {
				ints[i] = 1
			}
		case math.Abs(v) > 1<<53:
			return nil, false
		default:
			ints[i] = int64(math.Trunc(v))
		}
	}
	return integers(to, from.Shape(), ints)
}

// bitCast is the same bytes as numbers of another type, of numbers that the file holds.
func (e evaluation) bitCast() (*tensor.Tensor, bool) {
	x := e.in[0]
	if x.Computed() || x.Type().Bits() != e.elem.Bits() || x.ByteSize() > e.limit || !e.spend(x.Len()) {
		return nil, false
	}
	raw, err := x.Bytes()
	if err != nil {
		return nil, false
	}
	t, err := tensor.New(e.elem, x.Shape(), raw)
	return t, err == nil
}

// castToFloats converts integers that float64 holds.
func castToFloats(to tensor.Type, shape, ints []int64) (*tensor.Tensor, bool) {
	values := make([]float64, len(ints))
	for i, v := range ints {
		values[i] = float64(v)
		if v > 1<<53 || v < -1<<53 {
			return nil, false
		}
	}
	return settled(to, shape, values)
}

// floats makes a tensor of a floating-point type whose values are not rounded before they are written;
// false when one of them is not a finite number of that type.
func floats(typ tensor.Type, shape []int64, values []float64) (*tensor.Tensor, bool) {
	count, err := tensor.Count(shape)
	if err != nil || count != len(values) || !typ.IsFloat() {
		return nil, false
	}
	t := tensor.Compute(typ, shape, tensor.Vector(values))
	return t, t.Finite() && t.Fits()
}

// exactly is [floats] of values that the type holds as they are.
func exactly(typ tensor.Type, shape []int64, values []float64) (*tensor.Tensor, bool) {
	t, ok := settled(typ, shape, values)
	return t, ok && !t.Computed()
}

// settled is [floats] of values that every runtime rounds once from what the file holds. Where the type holds
// them as they are, they are the same numbers in every runtime, as if the file held them.
func settled(typ tensor.Type, shape []int64, values []float64) (*tensor.Tensor, bool) {
	t, ok := floats(typ, shape, values)
	if !ok {
		return nil, false
	}
	if rounded, ok := t.Rounded(); ok && slices.Equal(rounded.Float64s(), values) {
		return rounded, true
	}
	return t, true
}

// integers makes a tensor of integers or of bool; false when a value does not fit.
func integers(typ tensor.Type, shape, values []int64) (*tensor.Tensor, bool) {
	if !typ.IsInteger() && typ != tensor.Bool {
		return nil, false
	}
	low, high := rangeOf(typ)
	raw := make([]byte, 0, typ.ByteSize(len(values)))
	for _, v := range values {
		if typ == tensor.Bool && v != 0 {
			v = 1
		}
		if v < low || v > high {
			return nil, false
		}
		switch typ.Bits() {
		case 8:
			raw = append(raw, byte(v))
		case 16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
		case 32:
			raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
		default:
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		}
	}
	t, err := tensor.New(typ, shape, raw)
	return t, err == nil
}

// rangeOf is the smallest and the largest number of a type of integers that int64 holds, too.
func rangeOf(typ tensor.Type) (low, high int64) {
	bits := typ.Bits()
	switch {
	case typ == tensor.Bool:
		return 0, 1
	case unsigned(typ):
		return 0, 1<<min(bits, 63) - 1
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}
