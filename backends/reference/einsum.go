package reference

import (
	"fmt"
	"slices"
	"strings"
)

// equation is an Einstein summation: one letter for each axis of each operand and of the result. Letters
// that the result lacks are summed over.
type equation struct {
	operands []string
	result   string
}

func parseEquation(text string) (equation, error) {
	text = strings.ReplaceAll(text, " ", "")
	left, result, explicit := strings.Cut(text, "->")
	if strings.Contains(text, ".") {
		return equation{}, fmt.Errorf("an ellipsis in the equation is not computed")
	}
	if !explicit { // the letters that stand once, in alphabetical order
		for _, letter := range slices.Sorted(slices.Values([]byte(left))) {
			if letter != ',' && strings.Count(left, string(letter)) == 1 {
				result += string(letter)
			}
		}
	}
	return equation{strings.Split(left, ","), result}, nil
}

// sizes is how long the axis of each letter is, and the letters, those of the result first.
func (e equation) sizes(in []*array) (size map[byte]int, letters []byte, err error) {
	if len(in) != len(e.operands) {
		return nil, nil, fmt.Errorf("the equation has %d operands, and the node has %d inputs", len(e.operands), len(in))
	}
	size, letters = map[byte]int{}, []byte(e.result)
	for k, x := range in {
		if x.rank() != len(e.operands[k]) {
			return nil, nil, fmt.Errorf("operand %q does not fit an input of shape %v", e.operands[k], x.shape)
		}
		for axis, letter := range []byte(e.operands[k]) {
			if known, ok := size[letter]; ok && known != x.shape[axis] {
				return nil, nil, fmt.Errorf("axis %c has %d and %d elements", letter, known, x.shape[axis])
			}
			size[letter] = x.shape[axis]
			if !slices.Contains(letters, letter) {
				letters = append(letters, letter)
			}
		}
	}
	for i, letter := range []byte(e.result) {
		if _, ok := size[letter]; !ok || strings.IndexByte(e.result, letter) != i {
			return nil, nil, fmt.Errorf("axis %c of the result is in no operand, or is given twice", letter)
		}
	}
	return size, letters, nil
}

// einsum sums products over every letter, one term after another.
func einsum(c *call) ([]*array, error) {
	e, err := parseEquation(c.str("equation", ""))
	if err != nil {
		return nil, err
	}
	size, letters, err := e.sizes(c.in)
	if err != nil {
		return nil, err
	}
	full := make([]int, len(letters))
	for i, letter := range letters {
		full[i] = size[letter]
	}
	terms, err := countElements(full, c.limit)
	if err != nil {
		return nil, err
	}
	y, err := c.make(c.in[0].typ, full[:len(e.result)]...)
	if err != nil {
		return nil, err
	}
	steps := make([][]int, len(c.in))
	for k, x := range c.in {
		steps[k] = e.steps(k, x.shape, letters)
	}
	terms /= max(1, y.len())
	at := make([]int, len(letters))
	for out := range y.f {
		for range terms {
			y.f[out] += e.term(c.in, steps, at)
			advance(at, full)
		}
	}
	return one(y, nil)
}

// steps is how far one more of each letter moves in the k-th operand.
func (e equation) steps(k int, shape []int, letters []byte) []int {
	steps := make([]int, len(letters))
	step := 1
	for axis, size := range slices.Backward(shape) {
		steps[slices.Index(letters, e.operands[k][axis])] += step
		step *= size
	}
	return steps
}

// term is the product of the operands' elements at these indices.
func (e equation) term(in []*array, steps [][]int, at []int) float64 {
	product := 1.0
	for k, x := range in {
		place := 0
		for i, index := range at {
			place += index * steps[k][i]
		}
		product *= x.f[place]
	}
	return product
}

// advance counts indices up in row-major order, and begins anew after the last.
func advance(at, shape []int) {
	for i := len(at) - 1; i >= 0; i-- {
		if at[i]++; at[i] < shape[i] {
			return
		}
		at[i] = 0
	}
}
