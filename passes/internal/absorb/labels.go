package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/shapes"
)

// labels says which label each number of a value has: the one at index (i₀, i₁, …) has
// at[i₀ mod period₀, i₁ mod period₁, …]. A period divides the size of its axis, whatever that is, so labels of an image
// are followed where its height is a symbol. An axis on which nothing depends has the period 1.
//
//	the channels of an image N×3×H×W             period 1 3 1 1, labels 0 1 2
//	DepthToSpace by 2 of N×4×H×W                 period 1 1 2 2, labels 0 1 2 3
//	a number for all                             period 1 1 1 1, label 0
type labels struct {
	sizes  []extent
	period []int
	at     []int // row-major over the periods
	open   side  // where the value may have more axes, on which nothing depends
}

// side is a side of the axes that are known.
type side int

const (
	closed  side = iota // all axes are known
	inFront             // there may be more before the first
	behind              // there may be more after the last
)

// Labels that are none of a map's.
const (
	free  = -1 // of a number that nobody reads, or that may have any label
	still = -2 // of a number that has to stay as it is
)

// maxLabels bounds the table of labels.
const maxLabels = 1 << 20

// extent is the size of an axis; it is not known where ok is false.
type extent struct {
	dim shapes.Dim
	ok  bool
}

func fixed(n int) extent { return extent{shapes.Fixed(int64(n)), true} }

// number is the size where it does not depend on the inputs, else −1.
func (e extent) number() int {
	if n, ok := e.dim.Size(); e.ok && ok && n >= 0 && n <= maxLabels {
		return int(n)
	}
	return -1
}

// equals reports whether two sizes are certain to be the same.
func (e extent) equals(f extent) bool { return e.ok && f.ok && e.dim == f.dim }

// joiner gives two labels that meet in one number the label that stands for both; false where there is none.
type joiner func(a, b int) (int, bool)

// everywhere is one label for all numbers of a value with those axes.
func everywhere(label int, sizes []extent) labels {
	return labels{sizes: sizes, period: slices.Repeat([]int{1}, len(sizes)), at: []int{label}}
}

// table makes the labels with those periods; give says each. False where there are too many.
func table(sizes []extent, period []int, give func(index []int) int) (labels, bool) {
	count := 1
	for _, p := range period {
		if p < 1 || p > maxLabels || count*p > maxLabels {
			return labels{}, false
		}
		count *= p
	}
	l := labels{sizes: sizes, period: period, at: make([]int, 0, count)}
	index := make([]int, len(period))
	for range count {
		l.at = append(l.at, give(index))
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < period[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return l, true
}

// get is the label of the number at an index.
func (l labels) get(index []int) int {
	flat := 0
	for axis, p := range l.period {
		flat = flat*p + index[axis]%p
	}
	return l.at[flat]
}

// used is the labels that numbers have, each once, without those of nobody.
func (l labels) used() []int {
	out := slices.Clone(l.at)
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(label int) bool { return label == free })
}

// in is the labels of a value with those axes, nil where their number is not known. False where it has another number
// of axes.
func (l labels) in(sizes []extent) (labels, bool) {
	if sizes == nil {
		return l, true
	}
	more := len(sizes) - len(l.period)
	if more < 0 || more > 0 && l.open == closed {
		return l, false
	}
	ones, none := slices.Repeat([]int{1}, more), make([]extent, more)
	switch l.open {
	case inFront:
		l.period, l.sizes = slices.Concat(ones, l.period), slices.Concat(none, l.sizes)
	case behind:
		l.period, l.sizes = slices.Concat(l.period, ones), slices.Concat(l.sizes, none)
	}
	l.open, l.sizes = closed, slices.Clone(l.sizes)
	for i, e := range sizes {
		if l.sizes[i].number() < 0 && e.ok {
			l.sizes[i] = e
		}
	}
	return l, true
}

// collapsed is the labels where all along an axis are one; false where they are not.
func (l labels) collapsed(axis int, join joiner) (labels, bool) {
	p := l.period[axis]
	if p == 1 {
		return l, true
	}
	inner := 1
	for _, q := range l.period[axis+1:] {
		inner *= q
	}
	at := make([]int, 0, len(l.at)/p)
	for first := range l.at {
		if first/inner%p != 0 {
			continue
		}
		label := l.at[first]
		for i := 1; i < p; i++ {
			var ok bool
			if label, ok = join(label, l.at[first+i*inner]); !ok {
				return l, false
			}
		}
		at = append(at, label)
	}
	l.period = slices.Clone(l.period)
	l.period[axis], l.at = 1, at
	return l, true
}

// shrunk is the labels with the period 1 on every axis along which they are one.
func (l labels) shrunk(join joiner) labels {
	for axis := range l.period {
		if smaller, ok := l.collapsed(axis, join); ok {
			l = smaller
		}
	}
	return l
}

// joined is the labels of a value that has those of l and those of m.
func (l labels) joined(m labels, join joiner) (labels, bool) {
	period, ok := common(l.period, m.period)
	if !ok || l.open != closed || m.open != closed {
		return l, false
	}
	all := true
	out, ok := table(l.sizes, period, func(index []int) int {
		label, fits := join(l.get(index), m.get(index))
		all = all && fits
		return label
	})
	return out, ok && all
}

// common is the periods of which two lists of periods are parts; false where the axes are not as many, or the table
// would be too large.
func common(a, b []int) ([]int, bool) {
	if len(a) != len(b) {
		return nil, false
	}
	out, count := make([]int, len(a)), 1
	for i := range a {
		out[i] = a[i] / gcd(a[i], b[i]) * b[i]
		if count *= out[i]; count > maxLabels {
			return nil, false
		}
	}
	return out, true
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
