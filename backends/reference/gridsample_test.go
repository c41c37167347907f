package reference

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// A coordinate that is not a number gives a result that is not; one far outside reads nothing.
func TestGridSampleFarOutside(t *testing.T) {
	x := tensor.Of([]int64{1, 1, 2}, 1.0, 3)
	grid := tensor.Of([]int64{1, 4, 1}, 0, math.NaN(), math.Inf(-1), 1e300)
	got, err := evaluate(oneNode(20, "GridSample", nil, 1, x, grid))
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2, math.NaN(), 0, 0}
	if !slices.EqualFunc(got[0].Float64s(), want, func(a, b float64) bool { return a == b || a != a && b != b }) {
		t.Errorf("%v, want %v", got[0].Float64s(), want)
	}
}

func TestGridSampleRefuses(t *testing.T) {
	shape := []int64{1, 1, 1, 1, 1, 1, 1, 1, 1}
	x := tensor.Of(shape, 1.0)
	shape[8] = 7
	if _, err := evaluate(oneNode(20, "GridSample", nil, 1, x, tensor.Of(shape, make([]float64, 7)...))); err == nil || !strings.Contains(err.Error(), "a grid of shape") {
		t.Errorf("7 axes, of which each makes it four times as slow: %v", err)
	}
}
