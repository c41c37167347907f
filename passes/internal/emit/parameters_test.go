package emit_test

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestScaled(t *testing.T) {
	w := tensor.Of([]int64{2, 2}, float32(1), 2, 3, 4)
	got, why := emit.Scaled(w, []float64{10, 100}, func(row, _ int) int { return row })
	if why != nil || !slices.Equal(got.Float64s(), []float64{10, 20, 300, 400}) {
		t.Errorf("got %v, %v", got.Float64s(), why)
	}
	if same, _ := emit.Scaled(w, nil, nil); same != w {
		t.Error("without a scale it is another tensor")
	}
}

func TestBias(t *testing.T) {
	if got, why := emit.Bias(tensor.Float32, []float64{1, 2}, 1, 2); why != nil || got.Rank() != 2 {
		t.Errorf("got %v, %v", got, why)
	}
	if _, why := emit.Bias(tensor.Float32, []float64{math.NaN()}, 1); why == nil {
		t.Error("NaN is a bias")
	}
	if _, why := emit.Bias(tensor.Float16, []float64{1e6}, 1); why == nil {
		t.Error("a million fits float16")
	}
}
