package tensor

import (
	"io"
	"testing"
)

// The sizes are those of a large layer: 512 filters of 512 channels and 3×3 taps.
const benchRows, benchWidth = 512, 512 * 9

func benchTensor() *Tensor {
	values := make([]float32, benchRows*benchWidth)
	for i := range values {
		values[i] = float32(i%1001-500) / 1000
	}
	return Of([]int64{benchRows, benchWidth}, values...)
}

func BenchmarkRow(b *testing.B) {
	t, row := benchTensor(), make([]float64, benchWidth)
	b.SetBytes(int64(t.ByteSize()))
	for b.Loop() {
		for r := range benchRows {
			t.Row(row, r)
		}
	}
}

func BenchmarkMaxAbs(b *testing.B) {
	t := benchTensor()
	b.SetBytes(int64(t.ByteSize()))
	for b.Loop() {
		t.scanMaxAbs()
	}
}

func BenchmarkRound(b *testing.B) {
	t := benchTensor()
	t = Compute(Float32, t.Shape(), t)
	b.SetBytes(int64(t.ByteSize()))
	for b.Loop() {
		if _, err := t.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
