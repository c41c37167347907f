package tensor

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// Rounding says what rounding a recipe to its element type did.
type Rounding struct {
	Flushed int // results below the smallest normal float (bfloat16) that became zero
}

// Rounder rounds rows of recipes, and says what that did. The zero value is ready. Several of them may read one recipe at
// once, each from its own goroutine.
type Rounder struct {
	Rounding
	row []float64
}

// Append appends the rows of a computed tensor from first up to end, not included, to buf as little-endian bytes, each number
// rounded once, to nearest even. It fails when a result overflows the element type.
func (r *Rounder) Append(buf []byte, t *Tensor, first, end int) ([]byte, error) {
	_, width := t.Rows()
	if cap(r.row) < width {
		r.row = make([]float64, width)
	}
	row := r.row[:width]
	for i := first; i < end; i++ {
		t.recipe().Row(row, i)
		var err error
		if buf, err = narrow(buf, t.typ, row, &r.Rounding); err != nil {
			return buf, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return buf, nil
}

// WriteTo writes the elements as little-endian bytes; a recipe is rounded once, to nearest even. It
// fails when w does, and when a result overflows the element type.
func (t *Tensor) WriteTo(w io.Writer) (int64, error) {
	if t.recipe() == nil {
		n, err := w.Write(t.raw)
		return int64(n), err
	}
	const piece = 1 << 16 // bytes to be written at once, and up to a row more
	var r Rounder
	var written int64
	n, width := t.Rows()
	buf := make([]byte, 0, min(t.ByteSize(), piece+t.typ.ByteSize(width)))
	for i := range n {
		var err error
		if buf, err = r.Append(buf, t, i, i+1); err != nil {
			return written, err
		}
		if len(buf) < piece && i < n-1 {
			continue
		}
		m, err := w.Write(buf)
		written, buf = written+int64(m), buf[:0]
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// narrow appends values to buf as little-endian bytes of type t, each rounded once to nearest even.
// Subnormal results of float and bfloat16 become zero, since they make processors slow and carry
// nothing; float16 keeps its own, which reach up to 6e-5.
func narrow(buf []byte, t Type, values []float64, stats *Rounding) ([]byte, error) {
	at, size := len(buf), t.Bits()/8*len(values)
	buf = slices.Grow(buf, size)[:at+size]
	out := buf[at:]
	switch t {
	case Float64:
		return buf, narrowFloat64(out, values)
	case Float32:
		return buf, narrowFloat32(out, values, stats)
	case Float16:
		return buf, narrowFloat16(out, values)
	case BFloat16:
		return buf, narrowBFloat16(out, values, stats)
	}
	panic(fmt.Sprintf("tensor: no rounding to %s", t))
}

func narrowFloat64(out []byte, values []float64) error {
	for i, v := range values {
		binary.LittleEndian.PutUint64(out[8*i:], math.Float64bits(v))
		if math.IsInf(v, 0) || v != v {
			return overflow(Float64, v)
		}
	}
	return nil
}

func narrowFloat16(out []byte, values []float64) error {
	for i, v := range values {
		bits := Float64ToFloat16(v)
		binary.LittleEndian.PutUint16(out[2*i:], bits)
		if bits&0x7c00 == 0x7c00 {
			return overflow(Float16, v)
		}
	}
	return nil
}

func narrowBFloat16(out []byte, values []float64, stats *Rounding) error {
	for i, v := range values {
		bits := Float64ToBFloat16(v)
		switch {
		case bits&0x7f80 == 0x7f80:
			return overflow(BFloat16, v)
		case bits&0x7f80 == 0 && bits&0x7fff != 0:
			bits = 0
			stats.Flushed++
		}
		binary.LittleEndian.PutUint16(out[2*i:], bits)
	}
	return nil
}

// narrowFloat32 is [narrow] of the type that nearly all weights have: most of the time of a rounding is
// spent here. Normal numbers go four at a time, and the compiler checks no index.
func narrowFloat32(out []byte, values []float64, stats *Rounding) error {
	for len(values) >= 4 && len(out) >= 16 {
		a, b := math.Float32bits(float32(values[0])), math.Float32bits(float32(values[1]))
		c, d := math.Float32bits(float32(values[2])), math.Float32bits(float32(values[3]))
		if !isNormal(a) || !isNormal(b) || !isNormal(c) || !isNormal(d) {
			if err := narrowFloat32Each(out[:16], values[:4], stats); err != nil {
				return err
			}
		} else {
			binary.LittleEndian.PutUint32(out[0:], a)
			binary.LittleEndian.PutUint32(out[4:], b)
			binary.LittleEndian.PutUint32(out[8:], c)
			binary.LittleEndian.PutUint32(out[12:], d)
		}
		values, out = values[4:], out[16:]
	}
	return narrowFloat32Each(out, values, stats)
}

// The exponents of float32: all bits, and the lowest of a normal number.
const exponent32, lowest32 = 0x7f800000, 0x00800000

func isNormal(bits uint32) bool { return bits&exponent32-lowest32 < exponent32-lowest32 }

// narrowFloat32Each writes any numbers to out, which has room for them.
func narrowFloat32Each(out []byte, values []float64, stats *Rounding) error {
	for i, v := range values {
		bits := math.Float32bits(float32(v))
		switch {
		case isNormal(bits):
		case bits&exponent32 == exponent32:
			return overflow(Float32, v)
		case bits<<1 != 0:
			bits = 0
			stats.Flushed++
		}
		binary.LittleEndian.PutUint32(out[4*i:], bits)
	}
	return nil
}

func overflow(t Type, v float64) error {
	return fmt.Errorf("%g does not fit %s", v, t)
}
