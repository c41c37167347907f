package stencil

import (
	"sync"
	"sync/atomic"

	"github.com/acdeploy/acdeploy/tensor"
)

// composed is the product of two kernels. Row o of it is row o of the outer one times the rows of the
// inner one.
type composed struct {
	outer                tensor.Recipe
	inner                *memo
	rows                 int
	outerSize, innerSize int   // of their rows
	outerAt, innerAt     []int // where a tap stands: the sum of both in the flattened kernel
	taps                 int
	middle               func(row int) int         // the first channel in between that a row reads
	base                 func(row, middle int) int // where the row of a channel in between begins
	scratch              *scratch
	read                 atomic.Int64 // rows that were read, in any order
}

func newComposed(outer, inner Stencil, t2, t1 Term, groups int, at2, at1 []int, taps int) tensor.Recipe {
	joint := Stencil{In: inner.In, Out: outer.Out}
	return &composed{
		outer: t2.Kernel, rows: outer.Out,
		inner:     &memo{of: t1.Kernel, rows: inner.Out, size: inner.In / t1.Groups * len(at1), rereads: outer.Out > t2.Groups},
		outerSize: outer.In / t2.Groups * len(at2), innerSize: inner.In / t1.Groups * len(at1),
		outerAt: at2, innerAt: at1, taps: taps,
		middle: func(row int) int { return outer.firstInput(t2.Groups, row) },
		base: func(row, middle int) int {
			return (inner.firstInput(t1.Groups, middle) - joint.firstInput(groups, row)) * taps
		},
		scratch: &scratch{},
	}
}

func (c *composed) Row(dst []float64, row int) {
	buf := c.scratch.take(c.outerSize + c.innerSize)
	defer c.scratch.give(buf)
	outer, inner := (*buf)[:c.outerSize], (*buf)[c.outerSize:]
	clear(dst)
	c.outer.Row(outer, row)
	first := c.middle(row)
	for m := 0; len(outer) > 0; m++ {
		c.inner.Row(inner, first+m)
		base := c.base(row, first+m)
		for j, at := range c.outerAt {
			if w := outer[j]; w != 0 {
				c.addRow(dst[base+at:], inner, w)
			}
		}
		outer = outer[len(c.outerAt):]
	}
	if int(c.read.Add(1))%c.rows == 0 {
		c.inner.forget()
	}
}

// addRow adds a row of the inner kernel times w.
func (c *composed) addRow(dst, row []float64, w float64) {
	for base := 0; len(row) > 0; base += c.taps {
		for i, at := range c.innerAt {
			dst[base+at] += float64(w * row[i])
		}
		row = row[len(c.innerAt):]
	}
}

func (c *composed) MaxAbs() float64 {
	return float64(c.outerSize) * c.outer.MaxAbs() * c.inner.MaxAbs()
}

// scratch lends buffers to recipes, which may be read from several goroutines at once.
type scratch struct{ pool sync.Pool }

// take returns n numbers of any value.
func (s *scratch) take(n int) *[]float64 {
	buf, _ := s.pool.Get().(*[]float64)
	if buf == nil || cap(*buf) < n {
		fresh := make([]float64, n)
		return &fresh
	}
	*buf = (*buf)[:n]
	return buf
}

func (s *scratch) give(buf *[]float64) { s.pool.Put(buf) }

// memo keeps the rows of a kernel once the first is read, where every row is read again and again, so
// that they are computed once for a whole product and not once for each of its rows.
type memo struct {
	of         tensor.Recipe
	rows, size int
	rereads    bool

	mu   sync.Mutex
	kept []float64
}

func (m *memo) MaxAbs() float64 { return m.of.MaxAbs() }

func (m *memo) Row(dst []float64, row int) {
	if !m.rereads {
		m.of.Row(dst, row)
		return
	}
	copy(dst, m.all()[row*m.size:])
}

func (m *memo) all() []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		kept := make([]float64, m.rows*m.size)
		for row := range m.rows {
			m.of.Row(kept[row*m.size:(row+1)*m.size], row)
		}
		m.kept = kept
	}
	return m.kept
}

// forget drops the rows: who reads a kernel needs them no more when each of its rows was read.
func (m *memo) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = nil
}
