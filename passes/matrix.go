package passes

import (
	"sync"

	"github.com/acdeploy/acdeploy/tensor"
)

// matrixWeight is a constant matrix that maps K numbers to D.
type matrixWeight struct {
	data    *tensor.Tensor
	outer   bool // D is the first axis
	in, out int  // K and D
}

func readMatrix(t *tensor.Tensor, outer bool) matrixWeight {
	m := matrixWeight{t, outer, int(t.Shape()[0]), int(t.Shape()[1])}
	if outer {
		m.in, m.out = m.out, m.in
	}
	return m
}

// byResult is the matrix with a row of K numbers for each of D results.
func (m matrixWeight) byResult() tensor.Recipe {
	if m.outer {
		return m.data
	}
	return &byColumn{of: m.data, rows: m.in, columns: m.out}
}

// times is the product of the matrix with K numbers.
func (m matrixWeight) times(v []float64) []float64 {
	out := make([]float64, m.out)
	row := make([]float64, m.data.Shape()[1])
	for r := range int(m.data.Shape()[0]) {
		m.data.Row(row, r)
		for i, w := range row {
			if m.outer {
				out[r] += float64(w * v[i])
			} else {
				out[i] += float64(w * v[r])
			}
		}
	}
	return out
}

// byColumn is a matrix of the given rows and columns, read column by column. It keeps some columns, so that
// it reads the matrix once for all of them.
type byColumn struct {
	of            tensor.Recipe
	rows, columns int

	mu    sync.Mutex
	first int // of the columns that are kept
	kept  []float64
}

const keptColumns = 64

func (t *byColumn) Row(dst []float64, row int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || row < t.first || row >= t.first+keptColumns {
		t.keep(row)
	}
	copy(dst, t.kept[(row-t.first)*t.rows:])
	if row == t.columns-1 {
		t.kept = nil
	}
}

// keep reads the columns from the given one on.
func (t *byColumn) keep(first int) {
	count := min(keptColumns, t.columns-first)
	t.first, t.kept = first, make([]float64, count*t.rows)
	row := make([]float64, t.columns)
	for i := range t.rows {
		t.of.Row(row, i)
		for j := range count {
			t.kept[j*t.rows+i] = row[first+j]
		}
	}
}

func (t *byColumn) MaxAbs() float64 { return t.of.MaxAbs() }
