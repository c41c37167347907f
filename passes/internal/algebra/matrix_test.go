package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestMatrix(t *testing.T) {
	data := tensor.Of([]int64{2, 3}, float32(1), 2, 3, 4, 5, 6)
	for outer, want := range map[bool]struct{ times, row []float64 }{
		true:  {[]float64{6, 15}, []float64{4, 5, 6}},
		false: {[]float64{5, 7, 9}, []float64{2, 5}},
	} {
		m := algebra.MatrixOf(data, outer)
		row := make([]float64, m.In)
		m.ByResult().Row(row, 1)
		if got := m.Times([]float64{1, 1, 1}[:m.In]); !slices.Equal(got, want.times) || !slices.Equal(row, want.row) {
			t.Errorf("outer %v: product %v, second row %v", outer, got, row)
		}
	}
}

// TestByResultOfManyColumns reads more columns than are kept at once, in order and back.
func TestByResultOfManyColumns(t *testing.T) {
	const columns = 150
	numbers := make([]float32, 2*columns)
	for i := range numbers {
		numbers[i] = float32(i)
	}
	recipe := algebra.MatrixOf(tensor.Of([]int64{2, columns}, numbers...), false).ByResult()
	row := make([]float64, 2)
	for _, i := range []int{0, 63, 64, 149, 10, 149} {
		if recipe.Row(row, i); !slices.Equal(row, []float64{float64(i), float64(columns + i)}) {
			t.Errorf("row %d is %v", i, row)
		}
	}
}
