package reference

import (
	"fmt"
	"slices"
	"strings"
)

// equation is an Einstein summation: one letter for each axis of each operand and of the result. Letters
// that the result lacks are summed over. The axes of an ellipsis have signs of their own for letters.
type equation struct {
	operands []string
	result   string
}

// parseEquation reads an equation for operands of these ranks.
func parseEquation(text string, ranks []int) (equation, error) {
	text = strings.ReplaceAll(text, " ", "")
	left, result, explicit := strings.Cut(text, "->")
	e := equation{operands: strings.Split(left, ","), result: result}
	if len(ranks) != len(e.operands) {
		return e, fmt.Errorf("the equation has %d operands, and the node has %d inputs", len(e.operands), len(ranks))
	}
	if !explicit { // the letters that stand once, in alphabetical order, after the ellipsis
		if strings.Contains(left, ellipsis) {
			e.result = ellipsis
		}
		for _, letter := range slices.Sorted(slices.Values([]byte(left))) {
			if letter != ',' && letter != '.' && strings.Count(left, string(letter)) == 1 {
				e.result += string(letter)
			}
		}
	}
	most := 0
	for k, operand := range e.operands {
		if !strings.Contains(operand, ".") {
			continue
		}
		letters := strings.Replace(operand, ellipsis, "", 1)
		axes := ranks[k] - len(letters)
		if axes < 0 || axes > mostEllipsis || strings.Contains(letters, ".") {
			return e, fmt.Errorf("the ellipsis of operand %q does not fit an input of rank %d", operand, ranks[k])
		}
		most = max(most, axes)
		e.operands[k] = strings.Replace(operand, ellipsis, signs(axes), 1)
	}
	e.result = strings.Replace(e.result, ellipsis, signs(most), 1)
	return e, nil
}

const (
	ellipsis     = "..."
	mostEllipsis = 26
)

// signs are what the axes of an ellipsis have for letters; those of a shorter one are the last ones of a longer.
func signs(axes int) string {
	list := make([]byte, axes)
	for k := range list {
		list[k] = byte(axes - k)
	}
	return string(list)
}

// sizes is how long the axis of each letter is, and the letters, those of the result first.
func (e equation) sizes(in []*array) (size map[byte]int, letters []byte, err error) {
	size, letters = map[byte]int{}, []byte(e.result)
	for k, x := range in {
		if x.rank() != len(e.operands[k]) {
			return nil, nil, fmt.Errorf("operand %q does not fit an input of shape %v", e.operands[k], x.shape)
		}
		for axis, letter := range []byte(e.operands[k]) {
			known, ok := size[letter]
			if ok && known != x.shape[axis] && !(letter <= mostEllipsis && (known == 1 || x.shape[axis] == 1)) {
				return nil, nil, fmt.Errorf("axis %c has %d and %d elements", letter, known, x.shape[axis])
			}
			if !ok || known == 1 {
				size[letter] = x.shape[axis]
			}
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
	ranks := make([]int, len(c.in))
	for k, x := range c.in {
		if x == nil {
			return nil, fmt.Errorf("input %d is absent", k)
		}
		ranks[k] = x.rank()
	}
	e, err := parseEquation(c.str("equation", ""), ranks)
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

// steps is how far one more of each letter moves in the k-th operand. An axis of 1 is repeated.
func (e equation) steps(k int, shape []int, letters []byte) []int {
	steps := make([]int, len(letters))
	step := 1
	for axis, size := range slices.Backward(shape) {
		if size > 1 {
			steps[slices.Index(letters, e.operands[k][axis])] += step
		}
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
