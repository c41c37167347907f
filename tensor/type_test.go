package tensor

import (
	"math"
	"testing"
)

// Names, widths and numbers of the element types, from onnx.proto and ONNX's textual syntax.
func TestType(t *testing.T) {
	for typ, c := range map[Type]struct {
		number         int32
		name           string
		bits, three    int // three is the number of bytes of three elements
		float, integer bool
	}{
		Float32:  {1, "float", 32, 12, true, false},
		Float64:  {11, "double", 64, 24, true, false},
		Float16:  {10, "float16", 16, 6, true, false},
		BFloat16: {16, "bfloat16", 16, 6, true, false},
		Int64:    {7, "int64", 64, 24, false, true},
		Uint8:    {2, "uint8", 8, 3, false, true},
		Bool:     {9, "bool", 8, 3, false, false},
		Int4:     {22, "int4", 4, 2, false, false},
		Uint2:    {25, "uint2", 2, 1, false, false},
		Int2:     {26, "int2", 2, 1, false, false},
		// The narrow floats are known by name and size; nothing computes in them.
		Float8E4M3FNUZ: {18, "float8e4m3fnuz", 8, 3, false, false},
		Float8E5M2:     {19, "float8e5m2", 8, 3, false, false},
		Float4E2M1:     {23, "float4e2m1", 4, 2, false, false},
		Float8E8M0:     {24, "float8e8m0", 8, 3, false, false},
		String:         {8, "string", 0, 0, false, false},
	} {
		if int32(typ) != c.number || typ.String() != c.name || typ.Bits() != c.bits || typ.ByteSize(3) != c.three ||
			typ.IsFloat() != c.float || typ.IsInteger() != c.integer || !typ.Known() {
			t.Errorf("%s: number %d, %d bits, three take %d bytes, float %v, integer %v, known %v",
				typ, typ, typ.Bits(), typ.ByteSize(3), typ.IsFloat(), typ.IsInteger(), typ.Known())
		}
	}
	names := map[string]bool{}
	for typ := Float32; typ <= Int2; typ++ {
		if !typ.Known() || names[typ.String()] {
			t.Errorf("type %d is called %s", typ, typ)
		}
		names[typ.String()] = true
	}
	if Undefined.Known() || Undefined.String() != "undefined" || Type(99).Known() || Type(99).String() != "type99" {
		t.Errorf("%s and %s are known", Undefined, Type(99))
	}
}

func TestMaxFinite(t *testing.T) {
	for typ, want := range map[Type]float64{Float32: math.MaxFloat32, Float64: math.MaxFloat64, Float16: 65504, Int32: 0} {
		if got := typ.MaxFinite(); got != want {
			t.Errorf("%s: %g, want %g", typ, got, want)
		}
	}
	if got := Float64ToBFloat16(BFloat16.MaxFinite()); got != 0x7f7f {
		t.Errorf("the largest bfloat16 is %04x", got)
	}
}
