package tensor

import (
	"io"
	"testing"
)

// The sizes are those of a large layer: 512 filters of 512 channels and 3×3 taps.
const benchRows, benchWidth = 512, 512 * 9

// benchTensors are tensors of the types of weights.
func benchTensors(b *testing.B) []*Tensor {
	b.Helper()
	values := make([]float32, benchRows*benchWidth)
	for i := range values {
		values[i] = float32(i%1001-500) / 1000
	}
	source := Of([]int64{benchRows, benchWidth}, values...)
	var list []*Tensor
	for _, typ := range []Type{Float32, Float16, BFloat16} {
		raw, err := Compute(typ, source.Shape(), source).Bytes()
		if err != nil {
			b.Fatal(err)
		}
		t, err := New(typ, source.Shape(), raw)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, t)
	}
	return list
}

func BenchmarkRow(b *testing.B) {
	for _, t := range benchTensors(b) {
		b.Run(t.Type().String(), func(b *testing.B) {
			row := make([]float64, benchWidth)
			b.SetBytes(int64(t.ByteSize()))
			for b.Loop() {
				for r := range benchRows {
					t.Row(row, r)
				}
			}
		})
	}
}

func BenchmarkMaxAbs(b *testing.B) {
	for _, t := range benchTensors(b) {
		b.Run(t.Type().String(), func(b *testing.B) {
			b.SetBytes(int64(t.ByteSize()))
			for b.Loop() {
				t.scanMaxAbs()
			}
		})
	}
}

func BenchmarkRound(b *testing.B) {
	for _, t := range benchTensors(b) {
		t = Compute(t.Type(), t.Shape(), t)
		b.Run(t.Type().String(), func(b *testing.B) {
			b.SetBytes(int64(t.ByteSize()))
			for b.Loop() {
				if _, err := t.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
