package algebra

import (
	"sync"

	"github.com/acdeploy/acdeploy/tensor"
)

// Matrix is a constant matrix that maps K numbers to D.
type Matrix struct {
	Data    *tensor.Tensor
	Outer   bool // D is the first axis
	In, Out int  // K and D
}

// MatrixOf is the matrix in a tensor of two axes.
func MatrixOf(t *tensor.Tensor, outer bool) Matrix {
	m := Matrix{t, outer, int(t.Shape()[0]), int(t.Shape()[1])}
	if outer {
		m.In, m.Out = m.Out, m.In
	}
	return m
}

// ByResult is the matrix with a row of K numbers for each of D results.
func (m Matrix) ByResult() tensor.Recipe {
	if m.Outer {
		return m.Data
	}
	return &byColumn{of: m.Data, rows: m.In, columns: m.Out}
}

// Times is the product of the matrix with K numbers.
func (m Matrix) Times(v []float64) []float64 {
	out := make([]float64, m.Out)
	row := make([]float64, m.Data.Shape()[1])
	for r := range int(m.Data.Shape()[0]) {
		m.Data.Row(row, r)
		for i, w := range row {
			if m.Outer {
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
