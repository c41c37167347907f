// Package tensor holds typed, shaped, row-major data.
//
// A [Tensor] is one of two things:
//
//	bytes of a file   it aliases them and never copies them
//	a [Recipe]        an expression over other tensors, which is computed when somebody reads it
//
// There are two ways to read a recipe: [Tensor.Float64s] gives its numbers unrounded, and
// [Tensor.WriteTo] or [Tensor.Bytes] rounds them once to the element type. So a weight that several
// passes change is rounded once, at the end.
//
// Bytes are little-endian, as in ONNX files, on every machine. Tensors do not change after they are
// made.
//
// # Making
//
// [Of] makes a tensor of numbers that a Go program has, [New] one over bytes, [NewStrings] one of strings, and [Compute]
// one of a recipe. A shape of no sizes is a scalar. [Vector] is the simplest recipe: a list of numbers, to be rounded to
// whatever type the tensor has.
//
// # Types
//
// A [Type] is an element type, numbered and named as in ONNX. Its floating-point types, float16 and bfloat16 among them, are
// all read as float64 and rounded back. Types narrower than a byte are carried as they are. [Type.IsFloat],
// [Type.IsInteger], [Type.Bits] and [Type.MaxFinite] tell what a type holds.
//
// # Declarations
//
// A model declares its inputs and outputs as a [Spec]: a name, a type, and for each dimension a [Dim], which is a size, a
// symbol such as N, or open. A [Map] gives the inputs of one run their tensors.
//
// # Comparing
//
// A [Difference] is how far two lists of numbers are apart, relative to the largest number that was wanted. It is not
// finite where one of them is not a number and the other is.
package tensor

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
)

// Tensor is a typed, shaped array in row-major order. It is immutable and safe for concurrent use.
type Tensor struct {
	typ    Type
	shape  []int64
	count  int
	raw    []byte
	other  *other        // nil for most tensors
	maxAbs atomic.Uint64 // the bits of [Tensor.MaxAbs], inverted; 0 before they are known
}

// other is what few tensors have. A model of many small ones takes less memory for it.
type other struct {
	strings []string        // instead of raw
	recipe  Recipe          // instead of raw
	read    func(bytes int) // is told what was read of raw; nil where nobody wants to know
}

// recipe is what computes t; nil where t has its elements.
func (t *Tensor) recipe() Recipe {
	if t.other == nil {
		return nil
	}
	return t.other.recipe
}

// Map is a set of named tensors: the inputs or outputs of one run of a model.
type Map map[string]*Tensor

// New returns a tensor over raw, which it aliases. It fails when a dimension is negative, the shape
// overflows, the type is unknown or a string, or raw has the wrong length.
func New(typ Type, shape []int64, raw []byte) (*Tensor, error) {
	n, err := Count(shape)
	if err != nil {
		return nil, err
	}
	if !typ.Known() || typ == String {
		return nil, fmt.Errorf("element type %s has no fixed width", typ)
	}
	if want := typ.ByteSize(n); len(raw) != want {
		return nil, fmt.Errorf("%s[%s] needs %d bytes, and has %d", typ, FormatShape(shape), want, len(raw))
	}
	return &Tensor{typ: typ, shape: shape, count: n, raw: raw}, nil
}

// NewWatched is [New] for bytes of a mapped file. Read is told how many of them were read, so that whoever mapped the file can let
// its pages go. It may be called from several goroutines at once.
func NewWatched(typ Type, shape []int64, raw []byte, read func(bytes int)) (*Tensor, error) {
	t, err := New(typ, shape, raw)
	if err == nil {
		t.other = &other{read: read}
	}
	return t, err
}

// tell says that so many bytes were read.
func (t *Tensor) tell(bytes int) {
	if t.other != nil && t.other.read != nil {
		t.other.read(bytes)
	}
}

// NewStrings returns a tensor of strings.
func NewStrings(shape []int64, elems []string) (*Tensor, error) {
	n, err := Count(shape)
	if err != nil {
		return nil, err
	}
	if n != len(elems) {
		return nil, fmt.Errorf("string[%s] needs %d elements, and has %d", FormatShape(shape), n, len(elems))
	}
	return &Tensor{typ: String, shape: shape, count: n, other: &other{strings: elems}}, nil
}

// Compute returns a tensor whose elements the recipe computes. Rows are indices of the first axis; a
// scalar has one row. It panics when typ is not a floating-point type, since that is a mistake of the
// program.
func Compute(typ Type, shape []int64, recipe Recipe) *Tensor {
	n, err := Count(shape)
	if err != nil || !typ.IsFloat() {
		panic(fmt.Sprintf("tensor: recipe for %s[%s]: %v", typ, FormatShape(shape), err))
	}
	return &Tensor{typ: typ, shape: shape, count: n, other: &other{recipe: recipe}}
}

// Elem is a Go type whose slices [Of] turns into a tensor.
type Elem interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool
}

// Of returns a tensor with a copy of elems. It panics when their number does not fit the shape.
func Of[E Elem](shape []int64, elems ...E) *Tensor {
	raw, err := binary.Append(nil, binary.LittleEndian, elems)
	if err != nil {
		panic(err)
	}
	t, err := New(TypeOf[E](), shape, raw)
	if err != nil {
		panic("tensor: " + err.Error())
	}
	return t
}

// TypeOf is the element type that corresponds to the Go type E.
func TypeOf[E Elem]() Type {
	var zero E
	switch any(zero).(type) {
	case float32:
		return Float32
	case float64:
		return Float64
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	}
	return Bool
}

// Type is the element type.
func (t *Tensor) Type() Type { return t.typ }

// Shape is the size of each axis. The caller must not change it.
func (t *Tensor) Shape() []int64 { return t.shape }

// Rank is the number of axes.
func (t *Tensor) Rank() int { return len(t.shape) }

// Len is the number of elements.
func (t *Tensor) Len() int { return t.count }

// Computed reports whether t is a recipe, whose elements exist only when they are read.
func (t *Tensor) Computed() bool { return t.recipe() != nil }

// Strings returns the elements of a string tensor, nil for other types.
func (t *Tensor) Strings() []string {
	if t.other == nil {
		return nil
	}
	return t.other.strings
}

// ByteSize is the number of bytes that [Tensor.WriteTo] writes.
func (t *Tensor) ByteSize() int { return t.typ.ByteSize(t.count) }

// Reshape returns the same elements under another shape of the same count.
func (t *Tensor) Reshape(shape []int64) (*Tensor, error) {
	n, err := Count(shape)
	if err != nil {
		return nil, err
	}
	if n != t.count {
		return nil, fmt.Errorf("%d elements do not fit shape %s", t.count, FormatShape(shape))
	}
	if t.recipe() != nil {
		return Compute(t.typ, shape, flat{t}), nil
	}
	r := &Tensor{typ: t.typ, shape: shape, count: t.count, raw: t.raw, other: t.other}
	r.maxAbs.Store(t.maxAbs.Load())
	return r, nil
}

// Int64s returns the elements of an integer tensor; false for other types, recipes, and values past
// the range of int64.
func (t *Tensor) Int64s() ([]int64, bool) {
	if t.raw == nil && t.count > 0 {
		return nil, false
	}
	out := make([]int64, t.count)
	switch t.typ {
	case Int64:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint64(t.raw[8*i:]))
		}
	case Int32:
		for i := range out {
			out[i] = int64(int32(binary.LittleEndian.Uint32(t.raw[4*i:])))
		}
	case Int16:
		for i := range out {
			out[i] = int64(int16(binary.LittleEndian.Uint16(t.raw[2*i:])))
		}
	case Int8:
		for i := range out {
			out[i] = int64(int8(t.raw[i]))
		}
	case Uint8, Bool:
		for i := range out {
			out[i] = int64(t.raw[i])
		}
	case Uint16:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint16(t.raw[2*i:]))
		}
	case Uint32:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint32(t.raw[4*i:]))
		}
	case Uint64:
		for i := range out {
			v := binary.LittleEndian.Uint64(t.raw[8*i:])
			if v > 1<<63-1 {
				return nil, false
			}
			out[i] = int64(v)
		}
	default:
		return nil, false
	}
	return out, true
}

// Rounded is the tensor as a file holds it: each number is rounded to the element type. False where one does
// not fit.
func (t *Tensor) Rounded() (*Tensor, bool) {
	raw, err := t.Bytes()
	if err != nil {
		return nil, false
	}
	out, err := New(t.typ, t.shape, raw)
	return out, err == nil
}

// IsAll reports whether every element is known to be that number, 0 or 1; false for an absent tensor and one
// without elements.
func (t *Tensor) IsAll(number float64) bool {
	if t == nil || t.count == 0 || !t.typ.IsFloat() && !t.typ.IsInteger() || t.MaxAbs() != number {
		return false
	}
	return number == 0 || !slices.ContainsFunc(t.Float64s(), func(v float64) bool { return v != number })
}
