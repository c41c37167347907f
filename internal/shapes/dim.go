package shapes

import (
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/graph"
)

// Dim is the size of an axis: a number, or a symbolic term plus a number. Two Dims of one [Shapes]
// that are == are the same size in every run; two that are not may be.
type Dim struct {
	term *term
	add  int64
}

// none is a size of which nothing is known, while it is on its way through arithmetic. No [Dim] that
// leaves the package is none.
func none() Dim { return Dim{add: math.MinInt64} }

// Minus is d − e; false where that depends on the inputs.
func (d Dim) Minus(e Dim) (int64, bool) { return difference(d, e).Size() }

// limit bounds the numbers in a Dim, so that arithmetic on them does not overflow.
const limit = 1 << 52

// Fixed is a known size.
func Fixed(size int64) Dim {
	if size > limit || size < -limit {
		return none()
	}
	return Dim{add: size}
}

// Size is the number; false where the size depends on a term.
func (d Dim) Size() (int64, bool) { return d.add, d.term == nil && d != none() }

// Param is the symbol that a graph has for the size of an axis; "" where the size is a number or follows from others.
func (d Dim) Param() string {
	if d.term == nil || d.add != 0 || d.term.def.op != named {
		return ""
	}
	return d.term.def.name
}

// Is reports whether d is that number.
func (d Dim) Is(size int64) bool { return d == Dim{add: size} }

// String is the number, or the name of the term and what is added to it.
func (d Dim) String() string {
	switch {
	case d == none():
		return "?"
	case d.term == nil:
		return strconv.FormatInt(d.add, 10)
	case d.add == 0:
		return d.term.String()
	}
	return fmt.Sprintf("%s%+d", d.term, d.add)
}

// term is a number that is not known until the model runs. Terms are interned: equal definitions give
// one pointer.
type term struct {
	def    definition
	id     int
	signed bool // whether it may be negative: sizes are not, elements of a tensor may be
}

// operation is how a term is made from others.
type operation uint8

const (
	named   operation = iota // a dim_param of the graph
	opaque                   // the size of axis n of the value of
	element                  // element n of the value of
	divided                  // ⌊a/n⌋
	scaled                   // a·n
	product                  // a·b
	sum                      // a+b
	clamped                  // max(a, 0)
)

type definition struct {
	op   operation
	name string
	of   *graph.Value
	a, b Dim
	n    int64
}

func (t *term) String() string {
	if t.def.op == named {
		return t.def.name
	}
	return fmt.Sprintf("?%d", t.id)
}

// terms makes terms. Its arithmetic keeps sizes in one form, so that equal ones mostly meet: numbers
// stand outside of terms, divisions by 2 and then by 3 are one by 6.
type terms map[definition]*term

func (ts terms) of(d definition) Dim {
	t := ts[d]
	if t == nil {
		t = &term{def: d, id: len(ts)}
		switch d.op {
		case element:
			t.signed = true
		case divided, scaled, sum:
			t.signed = !positive(d.a) || !positive(d.b)
		}
		ts[d] = t
	}
	return Dim{term: t}
}

func (ts terms) named(name string) Dim { return ts.of(definition{op: named, name: name}) }

func (ts terms) opaque(v *graph.Value, axis int) Dim {
	return ts.of(definition{op: opaque, of: v, n: int64(axis)})
}

func (ts terms) element(v *graph.Value, i int) Dim {
	return ts.of(definition{op: element, of: v, n: int64(i)})
}

// plus is d + n.
func plus(d Dim, n int64) Dim {
	if d == none() || n > limit || n < -limit || d.add+n > limit || d.add+n < -limit {
		return none()
	}
	d.add += n
	return d
}

// difference is d − e where it is a number.
func difference(d, e Dim) Dim {
	if d.term != e.term || d == none() || e == none() {
		return none()
	}
	return Fixed(d.add - e.add)
}

// sum is d + e.
func (ts terms) sum(d, e Dim) Dim {
	switch {
	case d == none() || e == none():
		return none()
	case e.term == nil:
		return plus(d, e.add)
	case d.term == nil:
		return plus(e, d.add)
	}
	if d.term.id > e.term.id {
		d, e = e, d
	}
	return plus(ts.of(definition{op: sum, a: Dim{term: d.term}, b: Dim{term: e.term}}), d.add+e.add)
}

// times is d·n for n ≥ 0.
func (ts terms) times(d Dim, n int64) Dim {
	if d == none() || n < 0 || n > limit || n > 0 && (d.add > limit/n || d.add < -limit/n) {
		return none()
	}
	if n == 0 || d.term == nil {
		return Dim{add: d.add * n}
	}
	if n == 1 {
		return d
	}
	base, factor := Dim{term: d.term}, n
	if d.term.def.op == scaled {
		if factor > limit/d.term.def.n {
			return none()
		}
		base, factor = d.term.def.a, factor*d.term.def.n
	}
	return plus(ts.of(definition{op: scaled, a: base, n: factor}), d.add*n)
}

// product is d·e for sizes that are not negative.
func (ts terms) product(d, e Dim) Dim {
	switch {
	case d == none() || e == none():
		return none()
	case e.term == nil:
		return ts.times(d, e.add)
	case d.term == nil:
		return ts.times(e, d.add)
	case !positive(d) || !positive(e):
		return none()
	}
	if d.term.id > e.term.id || d.term == e.term && d.add > e.add {
		d, e = e, d
	}
	return ts.of(definition{op: product, a: d, b: e})
}

// quotient is ⌊d/n⌋ for n ≥ 1.
func (ts terms) quotient(d Dim, n int64) Dim {
	if d == none() || n < 1 || n > limit {
		return none()
	}
	whole := floorDiv(d.add, n)
	if n == 1 || d.term == nil {
		d.add = whole
		return d
	}
	switch def := d.term.def; {
	case def.op == scaled && def.n%n == 0:
		return plus(ts.times(def.a, def.n/n), whole)
	case def.op == divided && def.n <= limit/n && d.add < limit/def.n && d.add > -limit/def.n:
		return ts.quotient(plus(def.a, d.add*def.n), def.n*n)
	}
	rest := Dim{term: d.term, add: d.add - whole*n}
	return plus(ts.of(definition{op: divided, a: rest, n: n}), whole)
}

// atLeastZero is max(d, 0).
func (ts terms) atLeastZero(d Dim) Dim {
	switch {
	case d == none() || positive(d):
		return d
	case d.term == nil:
		return Dim{}
	}
	return ts.of(definition{op: clamped, a: d})
}

// positive reports whether d is certain not to be negative.
func positive(d Dim) bool { return d.add >= 0 && (d.term == nil || !d.term.signed) }

func floorDiv(a, n int64) int64 {
	q := a / n
	if a%n < 0 {
		q--
	}
	return q
}

// negative reports whether d is a number below zero.
func negative(d Dim) bool {
	n, ok := d.Size()
	return ok && n < 0
}
