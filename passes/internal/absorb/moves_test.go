package absorb

import (
	"slices"
	"testing"
)

// TestMoves gives labels of a value of 2×3 in both directions; the rest is in TestLabelsAreMoved.
func TestMoves(t *testing.T) {
	in := []extent{fixed(2), fixed(3)}
	image := grid([]int{2, 3}, 0, 1, 2, 3, 4, 5)
	row := []extent{fixed(2), fixed(4)}
	for name, c := range map[string]struct {
		m       move
		l       labels
		forward bool
		want    []int // nil where the labels are not followed
	}{
		"transposed":       {arrange{[]int{1, 0}, in, []extent{fixed(3), fixed(2)}}, image, true, []int{0, 3, 1, 4, 2, 5}},
		"transposed_back":  {arrange{[]int{1, 0}, in, []extent{fixed(3), fixed(2)}}, grid([]int{3, 2}, 0, 1, 2, 3, 4, 5), false, []int{0, 2, 4, 1, 3, 5}},
		"dropped":          {arrange{[]int{0}, in, in[:1]}, grid([]int{2, 1}, 7, 8), true, []int{7, 8}},
		"dropped_channels": {arrange{[]int{0}, in, in[:1]}, image, true, nil},
		"mixed":            {mix{1, in, row}, grid([]int{2, 1}, 7, 8), true, []int{7, 8}},
		"mixed_channels":   {mix{1, in, row}, image, true, nil},
		"taken":            {take{axis: 1, from: []int{2, 0, -1, 0}, in: in, out: row}, image, true, []int{2, 0, free, 0, 5, 3, free, 3}},
		"taken_back":       {take{axis: 1, from: []int{2, 0, -1, 0}, in: in, out: row}, grid([]int{1, 4}, 5, 6, 7, 6), false, []int{6, free, 5}},
		"taken_twice":      {take{axis: 1, from: []int{2, 0, -1, 0}, in: in, out: row}, grid([]int{1, 4}, 5, 6, 7, 8), false, nil},
		"one_for_all":      {take{axis: 1, from: []int{2, 0, -1, 0}, in: in, out: row}, grid([]int{1, 1}, 5), false, []int{5}},
		"one_for_a_part":   {take{axis: 1, from: []int{2, 0}, in: in, out: in, exact: true}, grid([]int{1, 1}, 5), false, []int{5, free, 5}},
		"reversed":         {reversed{arrange{[]int{1, 0}, in, []extent{fixed(3), fixed(2)}}}, image, false, []int{0, 3, 1, 4, 2, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			way := c.m.backward
			if c.forward {
				way = c.m.forward
			}
			got, ok := way(c.l, strict)
			if ok != (c.want != nil) || ok && !slices.Equal(got.at, c.want) {
				t.Errorf("the labels are %v, %v, want %v", got.at, ok, c.want)
			}
		})
	}
}
