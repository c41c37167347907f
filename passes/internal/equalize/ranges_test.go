package equalize

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/tensor"
)

// Two groups of two input channels and three output channels each, and a kernel of two taps.
func TestRangesOfAGroupedWeight(t *testing.T) {
	values := make([]float64, 6*2*2)
	for i := range values {
		values[i] = float64(i + 1)
		if i%2 == 0 {
			values[i] *= -1
		}
	}
	r := rangesOf(absorb.Weights{
		Data: tensor.Of([]int64{6, 2, 2}, values...), Out: 6, In: 4, Group: 2,
		At: func(row, i int) (int, int) { return row, row/3*2 + i/2 },
	})
	type pair struct{ Out, In int }
	got := map[pair]float64{}
	r.each(func(out, in int, most float64) { got[pair{out, in}] = most })
	want := map[pair]float64{
		{0, 0}: 2, {0, 1}: 4, {1, 0}: 6, {1, 1}: 8, {2, 0}: 10, {2, 1}: 12,
		{3, 2}: 14, {3, 3}: 16, {4, 2}: 18, {4, 3}: 20, {5, 2}: 22, {5, 3}: 24,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
