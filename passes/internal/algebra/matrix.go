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

// byColumn is a matrix of the given rows and columns, read column by column. It keeps two windows of columns side by side, so that
// it reads the matrix once for all columns of a window, also where several goroutines read columns that lie near each other.
type byColumn struct {
	of            tensor.Recipe
	rows, columns int

	mu   sync.Mutex
	kept [2]window // the latest first
	read int       // columns, in any order
}

// window is some columns, one after another; empty before they are read.
type window struct {
	first   int
	numbers []float64
}

// Of a window: how many numbers it has, where they are more than so many columns.
const (
	keptNumbers = 2 << 20 // more than what goroutines that write a file are at, whatever the size of a column
	keptColumns = 64
)

func (t *byColumn) Row(dst []float64, row int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	width := max(keptNumbers/max(t.rows, 1), keptColumns)
	first := row / width * width
	if !t.kept[0].has(first) {
		t.kept[0], t.kept[1] = t.kept[1], t.kept[0]
	}
	if !t.kept[0].has(first) {
		t.kept[0] = window{} // before there is another one
		t.kept[0] = t.window(first, min(width, t.columns-first))
	}
	copy(dst, t.kept[0].numbers[(row-first)*t.rows:])
	if t.read++; t.read%t.columns == 0 {
		t.kept = [2]window{}
	}
}

func (w window) has(first int) bool { return w.numbers != nil && w.first == first }

// window reads some columns.
func (t *byColumn) window(first, count int) window {
	w := window{first, make([]float64, count*t.rows)}
	row := make([]float64, t.columns)
	for i := range t.rows {
		t.of.Row(row, i)
		for j, v := range row[first : first+count] {
			w.numbers[j*t.rows+i] = v
		}
	}
	return w
}

func (t *byColumn) MaxAbs() float64 { return t.of.MaxAbs() }
