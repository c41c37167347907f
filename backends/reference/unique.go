package reference

import "slices"

// unique is the elements that differ, each once, or the slices along an axis that do. They are sorted, or stand as
// they come first. The other results are where each came first, which of them each element is, and how often each
// comes.
func unique(c *call) ([]*array, error) {
	x := c.in[0]
	if !c.has("axis") {
		x = x.reshaped([]int{x.len()})
	}
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	order := append([]int{axis}, lastly(x.rank(), []int{axis})[:x.rank()-1]...)
	rows := transposed(x, order)
	n := rows.shape[0]
	size := 0
	if n > 0 {
		size = rows.len() / n
	}
	compare := func(i, j int) int { return rows.compareRows(i, j, size) }
	at := counting(n)
	slices.SortStableFunc(at, compare)
	var first []int // where each different row comes first
	group := make([]int, n)
	for k, i := range at {
		if k == 0 || compare(at[k-1], i) != 0 {
			first = append(first, i)
		}
		group[i] = len(first) - 1
	}
	if c.int("sorted", 1) == 0 {
		first, group = asTheyCome(first, group)
	}
	counts := make([]int64, len(first))
	inverted := make([]int64, n)
	for i, g := range group {
		counts[g]++
		inverted[i] = int64(g)
	}
	index := identityIndex(rows.shape)
	index[0] = first
	y, err := picked(c, rows, index, nil)
	if err != nil {
		return nil, err
	}
	indices := make([]int64, len(first))
	for k, i := range first {
		indices[k] = int64(i)
	}
	return []*array{transposed(y, inverse(order)), int64Array(indices), int64Array(inverted), int64Array(counts)}, nil
}

// asTheyCome renumbers groups by the place of their first member.
func asTheyCome(first, group []int) (ordered, renumbered []int) {
	ordered = slices.Clone(first)
	slices.Sort(ordered)
	to := map[int]int{}
	for k, i := range ordered {
		to[i] = k
	}
	renumbered = make([]int, len(group))
	for i, g := range group {
		renumbered[i] = to[first[g]]
	}
	return ordered, renumbered
}

// compareRows compares two rows of size elements, element after element.
func (a *array) compareRows(i, j, size int) int {
	switch a.kind() {
	case floats:
		return slices.CompareFunc(a.f[i*size:(i+1)*size], a.f[j*size:(j+1)*size], compareFloats)
	case integers:
		return slices.CompareFunc(a.i[i*size:(i+1)*size], a.i[j*size:(j+1)*size], compareIntegers)
	default:
		return slices.Compare(a.s[i*size:(i+1)*size], a.s[j*size:(j+1)*size])
	}
}
