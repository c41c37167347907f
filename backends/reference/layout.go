package reference

import (
	"fmt"
	"math"
	"slices"
)

// strided copies the elements that strides visit, from index start on, into a new array.
func strided(a *array, shape []int, start int, strides []int) *array {
	y := mustArray(a, shape)
	if y.len() == 0 {
		return y
	}
	n := newNest(shape, strides)
	step := n.step(0)
	n.rows(func(out int, at []int) {
		from := start + at[0]
		if step == 1 {
			y.copyFrom(out, a, from, n.inner())
			return
		}
		for k := range n.inner() {
			y.copyFrom(out+k, a, from+k*step, 1)
		}
	})
	return y
}

// mustArray makes an array of a's type; the caller has checked the shape or took it from a.
func mustArray(a *array, shape []int) *array {
	y, err := newArray(a.typ, shape, math.MaxInt)
	if err != nil {
		panic("reference: " + err.Error())
	}
	return y
}

// transposed puts axis order[k] of a at place k.
func transposed(a *array, order []int) *array {
	shape, strides := make([]int, len(order)), make([]int, len(order))
	all := rowMajor(a.shape)
	for k, axis := range order {
		shape[k], strides[k] = a.shape[axis], all[axis]
	}
	return strided(a, shape, 0, strides)
}

// lastly is the order that moves the axes to the end.
func lastly(rank int, axes []int) []int {
	order := make([]int, 0, rank)
	for k := range rank {
		if !slices.Contains(axes, k) {
			order = append(order, k)
		}
	}
	return append(order, axes...)
}

func inverse(order []int) []int {
	inv := make([]int, len(order))
	for k, axis := range order {
		inv[axis] = k
	}
	return inv
}

// picked builds an array whose element at [i, j, …] is a's at [index[0][i], index[1][j], …]. A
// negative index stands for the one element of fill.
func picked(c *call, a *array, index [][]int, fill *array) (*array, error) {
	shape := make([]int, len(index))
	for k := range index {
		shape[k] = len(index[k])
	}
	y, err := c.make(a.typ, shape...)
	if err != nil || y.len() == 0 {
		return y, err
	}
	if len(index) == 0 {
		y.copyFrom(0, a, 0, 1)
		return y, nil
	}
	last := len(index) - 1
	runs := consecutive(index[last])
	strides := rowMajor(a.shape)
	rows := y.len() / shape[last]
	parallel(rows, 1+grain/shape[last], func(lo, hi int) {
		for row := lo; row < hi; row++ {
			at, rest := 0, row
			for k := last - 1; k >= 0; k-- {
				i := index[k][rest%shape[k]]
				rest /= shape[k]
				if i < 0 {
					at = -1
					break
				}
				at += i * strides[k]
			}
			y.copyRuns(row*shape[last], a, at, runs, fill)
		}
	})
	return y, nil
}

// stretch is a run of indices that count upwards, or are all negative.
type stretch struct{ from, n int }

func consecutive(index []int) []stretch {
	var runs []stretch
	for k, i := range index {
		last := len(runs) - 1
		if k > 0 && (i < 0 && runs[last].from < 0 || runs[last].from >= 0 && i == runs[last].from+runs[last].n) {
			runs[last].n++
			continue
		}
		runs = append(runs, stretch{i, 1})
	}
	return runs
}

// copyRuns writes one row; at is where it starts in a, negative if all of it is filled.
func (a *array) copyRuns(dst int, from *array, at int, runs []stretch, fill *array) {
	for _, r := range runs {
		if at < 0 || r.from < 0 {
			a.fillFrom(dst, fill, 0, r.n)
		} else {
			a.copyFrom(dst, from, at+r.from, r.n)
		}
		dst += r.n
	}
}

// identityIndex is 0 … n−1 for each axis of a shape.
func identityIndex(shape []int) [][]int {
	index := make([][]int, len(shape))
	for k, d := range shape {
		index[k] = counting(d)
	}
	return index
}

func counting(n int) []int {
	list := make([]int, n)
	for k := range list {
		list[k] = k
	}
	return list
}

func transpose(c *call) ([]*array, error) {
	x := c.in[0]
	perm := c.ints("perm")
	if perm == nil {
		for k := x.rank() - 1; k >= 0; k-- {
			perm = append(perm, int64(k))
		}
	}
	order, err := axesOf(perm, x.rank())
	if err != nil || len(order) != x.rank() {
		return nil, fmt.Errorf("perm %v does not fit %v", perm, x.shape)
	}
	return one(transposed(x, order), nil)
}

// depthToSpace moves blocks of channels to places in a square of the image.
func depthToSpace(c *call) ([]*array, error) {
	x, b := c.in[0], int(c.int("blocksize", 0))
	if x.rank() != 4 || b < 1 || b > 1<<15 || x.shape[1]%(b*b) != 0 {
		return nil, fmt.Errorf("input of shape %v does not fit blocksize %d", x.shape, b)
	}
	n, ch, h, w := x.shape[0], x.shape[1]/(b*b), x.shape[2], x.shape[3]
	var y *array
	switch mode := c.str("mode", "DCR"); mode {
	case "DCR":
		y = transposed(x.reshaped([]int{n, b, b, ch, h, w}), []int{0, 3, 4, 1, 5, 2})
	case "CRD":
		y = transposed(x.reshaped([]int{n, ch, b, b, h, w}), []int{0, 1, 4, 2, 5, 3})
	default:
		return nil, fmt.Errorf("mode %q is not known", mode)
	}
	return one(y.reshaped([]int{n, ch, h * b, w * b}), nil)
}

// spaceToDepth is the inverse of depthToSpace with mode DCR.
func spaceToDepth(c *call) ([]*array, error) {
	x, b := c.in[0], int(c.int("blocksize", 0))
	if x.rank() != 4 || b < 1 || x.shape[2]%b != 0 || x.shape[3]%b != 0 {
		return nil, fmt.Errorf("input of shape %v does not fit blocksize %d", x.shape, b)
	}
	n, ch, h, w := x.shape[0], x.shape[1], x.shape[2]/b, x.shape[3]/b
	y := transposed(x.reshaped([]int{n, ch, h, b, w, b}), []int{0, 3, 5, 1, 2, 4})
	return one(y.reshaped([]int{n, ch * b * b, h, w}), nil)
}
