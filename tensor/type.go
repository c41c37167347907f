package tensor

import "fmt"

// Type is the element type of a tensor, numbered as in ONNX's TensorProto.DataType.
type Type int32

// The element types of ONNX, through IR 14.
const (
	Undefined      Type = 0
	Float32        Type = 1
	Uint8          Type = 2
	Int8           Type = 3
	Uint16         Type = 4
	Int16          Type = 5
	Int32          Type = 6
	Int64          Type = 7
	String         Type = 8
	Bool           Type = 9
	Float16        Type = 10
	Float64        Type = 11
	Uint32         Type = 12
	Uint64         Type = 13
	Complex64      Type = 14
	Complex128     Type = 15
	BFloat16       Type = 16
	Float8E4M3FN   Type = 17
	Float8E4M3FNUZ Type = 18
	Float8E5M2     Type = 19
	Float8E5M2FNUZ Type = 20
	Uint4          Type = 21
	Int4           Type = 22
	Float4E2M1     Type = 23
	Float8E8M0     Type = 24
	Uint2          Type = 25
	Int2           Type = 26
)

// typeInfo is what is known of an element type: its name in ONNX's textual syntax and its width.
type typeInfo struct {
	name string
	bits int
}

func (t Type) info() (typeInfo, bool) {
	switch t {
	case Float32:
		return typeInfo{"float", 32}, true
	case Uint8:
		return typeInfo{"uint8", 8}, true
	case Int8:
		return typeInfo{"int8", 8}, true
	case Uint16:
		return typeInfo{"uint16", 16}, true
	case Int16:
		return typeInfo{"int16", 16}, true
	case Int32:
		return typeInfo{"int32", 32}, true
	case Int64:
		return typeInfo{"int64", 64}, true
	case String:
		return typeInfo{"string", 0}, true
	case Bool:
		return typeInfo{"bool", 8}, true
	case Float16:
		return typeInfo{"float16", 16}, true
	case Float64:
		return typeInfo{"double", 64}, true
	case Uint32:
		return typeInfo{"uint32", 32}, true
	case Uint64:
		return typeInfo{"uint64", 64}, true
	case Complex64:
		return typeInfo{"complex64", 64}, true
	case Complex128:
		return typeInfo{"complex128", 128}, true
	case BFloat16:
		return typeInfo{"bfloat16", 16}, true
	}
	return t.smallInfo()
}

func (t Type) smallInfo() (typeInfo, bool) {
	switch t {
	case Float8E4M3FN:
		return typeInfo{"float8e4m3fn", 8}, true
	case Float8E4M3FNUZ:
		return typeInfo{"float8e4m3fnuz", 8}, true
	case Float8E5M2:
		return typeInfo{"float8e5m2", 8}, true
	case Float8E5M2FNUZ:
		return typeInfo{"float8e5m2fnuz", 8}, true
	case Uint4:
		return typeInfo{"uint4", 4}, true
	case Int4:
		return typeInfo{"int4", 4}, true
	case Float4E2M1:
		return typeInfo{"float4e2m1", 4}, true
	case Float8E8M0:
		return typeInfo{"float8e8m0", 8}, true
	case Uint2:
		return typeInfo{"uint2", 2}, true
	case Int2:
		return typeInfo{"int2", 2}, true
	}
	return typeInfo{}, false
}

// Known reports whether t is an element type that this package can size.
func (t Type) Known() bool {
	_, ok := t.info()
	return ok
}

// String is the type's name in ONNX's textual syntax: "float", "int64", "bfloat16" …
func (t Type) String() string {
	if info, ok := t.info(); ok {
		return info.name
	}
	if t == Undefined {
		return "undefined"
	}
	return fmt.Sprintf("type%d", int32(t))
}

// Bits is the width of one element; 0 for strings and unknown types.
func (t Type) Bits() int {
	info, _ := t.info()
	return info.bits
}

// ByteSize is the number of bytes that n packed elements take.
func (t Type) ByteSize(n int) int {
	if bits := t.Bits(); bits >= 8 {
		return n * (bits / 8)
	} else if bits > 0 {
		return (n*bits + 7) / 8
	}
	return 0
}

// IsFloat reports whether t is one of the four floating-point types that convolutions compute in:
// float, double, float16, bfloat16.
func (t Type) IsFloat() bool {
	return t == Float32 || t == Float64 || t == Float16 || t == BFloat16
}

// Holds reports whether the floating-point type t has every number of another.
func (t Type) Holds(from Type) bool {
	switch from {
	case Float16, BFloat16:
		return t == from || t == Float32 || t == Float64
	case Float32, Float64:
		return t == from || t == Float64
	}
	return false
}

// IsInteger reports whether t is a whole-byte integer type.
func (t Type) IsInteger() bool {
	switch t {
	case Uint8, Int8, Uint16, Int16, Int32, Int64, Uint32, Uint64:
		return true
	}
	return false
}

// MaxFinite is the largest magnitude that the floating-point type t can hold; 0 for other types.
func (t Type) MaxFinite() float64 {
	switch t {
	case Float32:
		return 0x1.fffffep127
	case Float64:
		return 0x1.fffffffffffffp1023
	case Float16:
		return 65504
	case BFloat16:
		return 0x1.fep127
	}
	return 0
}
