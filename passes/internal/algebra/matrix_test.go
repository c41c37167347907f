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

// TestByResultOfManyColumns reads columns in order and back.
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

// TestByResultOfManyReaders reads columns at eight places of a matrix in turn, as goroutines do that write a file: each row of the matrix
// is read once for each window of columns.
func TestByResultOfManyReaders(t *testing.T) {
	const rows, columns, readers = 4096, 1024, 8
	var counted counting
	recipe := algebra.MatrixOf(tensor.Compute(tensor.Float32, []int64{rows, columns}, &counted), false).ByResult()
	column := make([]float64, rows)
	for i := range columns / readers {
		for reader := range readers {
			at := reader*columns/readers + i
			recipe.Row(column, at)
			if column[7] != float64(7*columns+at) {
				t.Fatalf("column %d has %g", at, column[7])
			}
			if counted > 2*rows {
				t.Fatalf("%d rows were read for %d columns", counted, i*readers+reader+1)
			}
		}
	}
}

// counting counts the rows that are read.
type counting int

func (c *counting) Row(dst []float64, row int) {
	*c++
	for i := range dst {
		dst[i] = float64(row*len(dst) + i)
	}
}

func (c *counting) MaxAbs() float64 { return 1 << 22 }
