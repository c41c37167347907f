package reference

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// Indices may be of any type of number. They are cut to integers, count from the end where they are negative,
// and are nowhere where they are outside.
func TestOneHot(t *testing.T) {
	values := tensor.Of([]int64{2}, float32(-1), 1)
	want := []float64{-1, 1, -1, -1, -1, 1, -1, -1, -1}
	for name, indices := range map[string]*tensor.Tensor{
		"integers": tensor.Of([]int64{3}, int64(1), -1, 3),
		"floats":   tensor.Of([]int64{3}, float32(1.9), -1.5, 3),
	} {
		got, err := evaluate(oneNode(13, "OneHot", nil, 1, indices, tensor.Of(nil, int64(3)), values))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got[0].Float64s(), want) {
			t.Errorf("%s: got %v, want %v", name, got[0].Float64s(), want)
		}
	}
}
