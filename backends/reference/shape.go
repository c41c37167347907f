package reference

import (
	"fmt"
	"slices"
)

// elements is the number of elements of a shape.
func elements(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// rowMajor is the distance between neighbours along each axis.
func rowMajor(shape []int) []int {
	strides := make([]int, len(shape))
	n := 1
	for k := len(shape) - 1; k >= 0; k-- {
		strides[k] = n
		n *= shape[k]
	}
	return strides
}

// broadcast is the common shape by the rules of NumPy: axes are aligned at the end, and an axis of
// size 1 is repeated.
func broadcast(shapes ...[]int) ([]int, error) {
	var out []int
	for _, s := range shapes {
		if len(s) > len(out) {
			out = append(ones(len(s)-len(out)), out...)
		}
		shift := len(out) - len(s)
		for k, d := range s {
			switch {
			case out[shift+k] == 1:
				out[shift+k] = d
			case d != 1 && d != out[shift+k]:
				return nil, fmt.Errorf("shapes %v do not broadcast", shapes)
			}
		}
	}
	return out, nil
}

// spread is the strides that read an array of a shape as if it had the shape out, to which it
// broadcasts.
func spread(shape, out []int) []int {
	strides := make([]int, len(out))
	shift := len(out) - len(shape)
	for k, s := range rowMajor(shape) {
		if shape[k] != 1 {
			strides[shift+k] = s
		}
	}
	return strides
}

func ones(n int) []int { return slices.Repeat([]int{1}, n) }

// axisOf resolves an axis that may count from the end.
func axisOf(axis int64, rank int) (int, error) {
	if axis < -int64(rank) || axis >= int64(rank) {
		return 0, fmt.Errorf("axis %d is outside rank %d", axis, rank)
	}
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), nil
}

// axesOf resolves a list of axes; each may stand there once.
func axesOf(axes []int64, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for k, a := range axes {
		axis, err := axisOf(a, rank)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out[:k], axis) {
			return nil, fmt.Errorf("axis %d is listed twice", axis)
		}
		out[k] = axis
	}
	return out, nil
}

// nest is a loop over the elements of a shape that reads operands at strides of their own. Axes of
// size 1 are dropped, and axes that can be walked as one are joined, so that the last is long.
type nest struct {
	dims  []int
	steps [][]int // by operand, by axis
}

func newNest(shape []int, strides ...[]int) nest {
	n := nest{steps: make([][]int, len(strides))}
	for k, d := range shape {
		if d == 1 {
			continue
		}
		last := len(n.dims) - 1
		if last >= 0 && n.joins(last, d, k, strides) {
			n.dims[last] *= d
			for s := range strides {
				n.steps[s][last] = strides[s][k]
			}
			continue
		}
		n.dims = append(n.dims, d)
		for s := range strides {
			n.steps[s] = append(n.steps[s], strides[s][k])
		}
	}
	if len(n.dims) == 0 {
		n.dims = []int{1}
		for s := range strides {
			n.steps[s] = []int{0}
		}
	}
	return n
}

func (n nest) joins(last, d, k int, strides [][]int) bool {
	for s := range strides {
		if n.steps[s][last] != strides[s][k]*d {
			return false
		}
	}
	return true
}

// inner is the length of a row; step is an operand's stride along it.
func (n nest) inner() int { return n.dims[len(n.dims)-1] }

func (n nest) step(operand int) int { return n.steps[operand][len(n.dims)-1] }

// rows visits every row: the index of its first element in the result, and in each operand. Rows are
// visited concurrently.
func (n nest) rows(visit func(out int, at []int)) {
	outer := n.dims[:len(n.dims)-1]
	inner := n.inner()
	if inner == 0 {
		return
	}
	parallel(elements(outer), max(1, grain/inner), func(lo, hi int) {
		at := make([]int, len(n.steps))
		for row := lo; row < hi; row++ {
			clear(at)
			rest := row
			for k, o := range slices.Backward(outer) {
				pos := rest % o
				rest /= o
				for s := range at {
					at[s] += pos * n.steps[s][k]
				}
			}
			visit(row*inner, at)
		}
	})
}
