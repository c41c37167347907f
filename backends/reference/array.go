package reference

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// array is a value during a run: row-major elements with the element type that the model declares.
// Exactly one of the slices is in use, by the kind of the type. Arrays do not change once an operator
// has returned them, and may share their elements.
type array struct {
	typ   tensor.Type
	shape []int
	f     []float64 // every floating-point type, unrounded
	i     []int64   // every integer type; bool as 0 and 1
	s     []string
}

// kind is how the elements of a type are kept.
type kind int

const (
	unsupported kind = iota
	floats
	integers
	text
)

func kindOf(t tensor.Type) kind {
	switch {
	case t.IsFloat():
		return floats
	case t.IsInteger(), t == tensor.Bool:
		return integers
	case t == tensor.String:
		return text
	}
	return unsupported
}

func (a *array) kind() kind { return kindOf(a.typ) }

func (a *array) rank() int { return len(a.shape) }

func (a *array) len() int { return elements(a.shape) }

// newArray returns zeros. It fails when a dimension is negative or there would be more than limit
// elements, before anything is allocated.
func newArray(typ tensor.Type, shape []int, limit int) (*array, error) {
	n, err := countElements(shape, limit)
	if err != nil {
		return nil, err
	}
	a := &array{typ: typ, shape: slices.Clone(shape)}
	switch kindOf(typ) {
	case floats:
		a.f = make([]float64, n)
	case integers:
		a.i = make([]int64, n)
	case text:
		a.s = make([]string, n)
	default:
		return nil, fmt.Errorf("elements of type %s are not computed", typ)
	}
	return a, nil
}

// countElements is the number of elements of a shape, an error above limit.
func countElements(shape []int, limit int) (int, error) {
	n, empty := 1, false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		if d > limit {
			return 0, fmt.Errorf("shape %v has more than %d elements along an axis", shape, limit)
		}
		empty = empty || d == 0
	}
	if empty {
		return 0, nil
	}
	for _, d := range shape {
		if n > limit/d {
			return 0, fmt.Errorf("shape %v has more than %d elements", shape, limit)
		}
		n *= d
	}
	return n, nil
}

// copyFrom copies n elements of b, from index src on, to index dst on.
func (a *array) copyFrom(dst int, b *array, src, n int) {
	switch a.kind() {
	case floats:
		copy(a.f[dst:dst+n], b.f[src:src+n])
	case integers:
		copy(a.i[dst:dst+n], b.i[src:src+n])
	default:
		copy(a.s[dst:dst+n], b.s[src:src+n])
	}
}

// fillFrom sets n elements, from index dst on, to the element src of b.
func (a *array) fillFrom(dst int, b *array, src, n int) {
	for k := dst; k < dst+n; k++ {
		a.copyFrom(k, b, src, 1)
	}
}

// reshaped returns the same elements under another shape of the same count.
func (a *array) reshaped(shape []int) *array {
	b := *a
	b.shape = slices.Clone(shape)
	return &b
}

// typed returns the same elements under another type of the same kind.
func (a *array) typed(t tensor.Type) *array {
	b := *a
	b.typ = t
	return &b
}

// int64Array is a one-dimensional array of int64.
func int64Array(elems []int64) *array {
	return &array{typ: tensor.Int64, shape: []int{len(elems)}, i: elems}
}

// fromTensor reads a tensor; recipes are read unrounded.
func fromTensor(t *tensor.Tensor) (*array, error) {
	a := &array{typ: t.Type(), shape: make([]int, t.Rank())}
	for k, d := range t.Shape() {
		a.shape[k] = int(d)
	}
	switch a.kind() {
	case floats:
		a.f = t.Float64s()
	case integers:
		elems, ok := t.Int64s()
		if !ok {
			return nil, fmt.Errorf("%s[%s] holds values past the range of int64", t.Type(), tensor.FormatShape(t.Shape()))
		}
		a.i = elems
	case text:
		a.s = t.Strings()
	default:
		return nil, fmt.Errorf("elements of type %s are not computed", t.Type())
	}
	return a, nil
}

// toTensor rounds a once, to nearest even, to the element type typ of the same kind.
func (a *array) toTensor(typ tensor.Type) (*tensor.Tensor, error) {
	shape := make([]int64, a.rank())
	for k, d := range a.shape {
		shape[k] = int64(d)
	}
	if a.kind() == text {
		return tensor.NewStrings(shape, a.s)
	}
	raw := make([]byte, 0, typ.ByteSize(a.len()))
	if a.kind() == floats {
		raw = appendFloats(raw, typ, a.f)
	} else {
		raw = appendIntegers(raw, typ, a.i)
	}
	return tensor.New(typ, shape, raw)
}

func appendFloats(raw []byte, typ tensor.Type, elems []float64) []byte {
	for _, v := range elems {
		switch typ {
		case tensor.Float64:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		case tensor.Float32:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		case tensor.Float16:
			raw = binary.LittleEndian.AppendUint16(raw, tensor.Float64ToFloat16(v))
		default:
			raw = binary.LittleEndian.AppendUint16(raw, tensor.Float64ToBFloat16(v))
		}
	}
	return raw
}

func appendIntegers(raw []byte, typ tensor.Type, elems []int64) []byte {
	for _, v := range elems {
		switch typ.Bits() {
		case 64:
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		case 32:
			raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
		case 16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
		default:
			raw = append(raw, uint8(v))
		}
	}
	return raw
}

// wrap reduces integers to the range of typ, as arithmetic in that type would.
func wrap(typ tensor.Type, elems []int64) {
	for k, v := range elems {
		switch typ {
		case tensor.Int32:
			elems[k] = int64(int32(v))
		case tensor.Int16:
			elems[k] = int64(int16(v))
		case tensor.Int8:
			elems[k] = int64(int8(v))
		case tensor.Uint32:
			elems[k] = int64(uint32(v))
		case tensor.Uint16:
			elems[k] = int64(uint16(v))
		case tensor.Uint8:
			elems[k] = int64(uint8(v))
		}
	}
}
