package tensor

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// Uniform draws numbers between low and high, both included. Whole numbers, bool among them, are drawn for types that hold no others.
func Uniform(typ Type, shape []int64, low, high float64, rng *rand.Rand) (*Tensor, error) {
	n, err := Count(shape)
	if err != nil {
		return nil, err
	}
	switch {
	case typ.IsFloat():
		return uniformFloats(typ, shape, n, low, high, rng)
	case !typ.IsInteger() && typ != Bool || typ.Bits() < 8:
		return nil, fmt.Errorf("no numbers can be drawn of type %s", typ)
	}
	low, high = math.Ceil(low), math.Floor(high)
	if least, most := wholeRange(typ); !(low <= high) || low < least || high > most {
		return nil, fmt.Errorf("numbers of type %s cannot be drawn from %g to %g", typ, low, high)
	}
	var word [8]byte
	raw := make([]byte, 0, typ.ByteSize(n))
	for range n {
		binary.LittleEndian.PutUint64(word[:], uint64(int64(low)+rng.Int64N(int64(high-low)+1)))
		raw = append(raw, word[:typ.Bits()/8]...)
	}
	return New(typ, shape, raw)
}

func uniformFloats(typ Type, shape []int64, n int, low, high float64, rng *rand.Rand) (*Tensor, error) {
	if !(low <= high) || math.IsInf(high-low, 0) {
		return nil, fmt.Errorf("numbers cannot be drawn from %g to %g", low, high)
	}
	values := make(Vector, n)
	for i := range values {
		values[i] = low + (high-low)*rng.Float64()
	}
	raw, err := Compute(typ, shape, values).Bytes()
	if err != nil {
		return nil, err
	}
	return New(typ, shape, raw)
}

// wholeRange is what a type of whole numbers holds, as far as float64 counts without gaps.
func wholeRange(typ Type) (least, most float64) {
	const exact = 1 << 53
	bits := float64(typ.Bits())
	switch typ {
	case Bool:
		return 0, 1
	case Uint8, Uint16, Uint32, Uint64:
		return 0, min(math.Exp2(bits)-1, exact)
	}
	return max(-math.Exp2(bits-1), -exact), min(math.Exp2(bits-1)-1, exact)
}
