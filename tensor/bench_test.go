package tensor

import (
	"io"
	"testing"
)

// The sizes are those of a large layer: 512 filters of 512 channels and 3×3 taps.
const benchRows, benchWidth = 512, 512 * 9

// benchTensors calls f for the types of weights, each in a benchmark of its own.
func benchTensors(b *testing.B, f func(b *testing.B, t *Tensor)) {
	values := make([]float32, benchRows*benchWidth)
	for i := range values {
		values[i] = float32(i%1001-500) / 1000
	}
	source := Of([]int64{benchRows, benchWidth}, values...)
	for _, typ := range []Type{Float32, Float16, BFloat16} {
		raw, err := Compute(typ, source.Shape(), source).Bytes()
		if err != nil {
			b.Fatal(err)
		}
		t, err := New(typ, source.Shape(), raw)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(typ.String(), func(b *testing.B) {
			b.SetBytes(int64(t.ByteSize()))
			f(b, t)
		})
	}
}

func BenchmarkRow(b *testing.B) {
	benchTensors(b, func(b *testing.B, t *Tensor) {
		row := make([]float64, benchWidth)
		for b.Loop() {
			for r := range benchRows {
				t.Row(row, r)
			}
		}
	})
}

func BenchmarkMaxAbs(b *testing.B) {
	benchTensors(b, func(b *testing.B, t *Tensor) {
		for b.Loop() {
			t.scanMaxAbs()
		}
	})
}

func BenchmarkRound(b *testing.B) {
	benchTensors(b, func(b *testing.B, t *Tensor) {
		t = Compute(t.Type(), t.Shape(), t)
		for b.Loop() {
			if _, err := t.WriteTo(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
}
