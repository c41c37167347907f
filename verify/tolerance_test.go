package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestRoundingToleranceIsTight(t *testing.T) {
	tests := []struct {
		typ       tensor.Type
		layers    int
		low, high float64
	}{
		// Between engines the shared networks differ by 1e-7 to 8e-7; what a wrong fold does starts at
		// 5e-6 of a layer.
		{tensor.Float32, 1, 4e-7, 1e-6},
		{tensor.Float32, 20, 1e-6, 3e-6},
		{tensor.Float32, 100, 4e-6, 5e-6},
		{tensor.Float64, 100, 0, 1e-12},
		{tensor.Float16, 16, 1e-3, 2e-2},
		{tensor.Int64, 100, -1, 0},
	}
	for _, tt := range tests {
		if got := RoundingTolerance(tt.typ, tt.layers); got <= tt.low || got > tt.high {
			t.Errorf("RoundingTolerance(%s, %d) = %g, want in (%g, %g]", tt.typ, tt.layers, got, tt.low, tt.high)
		}
	}
	if RoundingTolerance(tensor.Float32, 0) != RoundingTolerance(tensor.Float32, 1) {
		t.Error("a model without layers has no tolerance")
	}
}
