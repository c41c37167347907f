package stencil

import (
	"math/rand/v2"
	"testing"
)

// transposed swaps the two axes of an image.
func transposed(x image) image {
	out := image{[]int{x.size[1], x.size[0]}, make([][]float64, len(x.data))}
	for c := range x.data {
		out.data[c] = make([]float64, len(x.data[c]))
		each(out.size, func(i int, p []int) { out.data[c][i] = x.at(c, []int{p[1], p[0]}) })
	}
	return out
}

// TestRearranged swaps the axes of convolutions, or takes one of a single element away.
func TestRearranged(t *testing.T) {
	taken := 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 13))
		b, ok := randomBranch(r, 2, 2, []int{1 + r.IntN(2), 1 + r.IntN(2)}, []int{r.IntN(3) - 2, r.IntN(3) - 2})
		if !ok || b.begin[0]+b.end[0]+b.begin[1]+b.end[1] > 0 {
			continue
		}
		if r.IntN(2) == 0 {
			b.conv.Kernel[0], b.conv.Begin[0], b.conv.End[0] = 1, 0, 0
			b.conv.Weight = randomWeight(r, b.conv)
		}
		lowered := func(s Stencil) Conv {
			c, err := s.Lower(s.Union())
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			return c
		}
		x := randomImage(r, 2, []int{1 + r.IntN(6), 1 + r.IntN(6)})
		if want, ok := convolve(b.conv, x); ok {
			s, ok := Of(b.conv).Rearranged([]int{1, 0})
			if !ok {
				t.Fatalf("seed %d: the axes cannot be swapped", seed)
			}
			got, _ := convolve(lowered(s), transposed(x))
			requireNear(t, transposed(got), want, seed)
		}
		line := randomImage(r, 2, []int{1 + r.IntN(6)})
		flat := image{[]int{1, line.size[0]}, line.data}
		s, ok := Of(b.conv).Rearranged([]int{1})
		trivial := b.conv.Kernel[0] == 1 && b.conv.Begin[0] == 0 && b.conv.End[0] == 0
		if ok != trivial {
			t.Fatalf("seed %d: kernel %v with pads %v, %v goes without its first axis: %v", seed, b.conv.Kernel, b.conv.Begin, b.conv.End, ok)
		}
		if want, fits := convolve(b.conv, flat); ok && fits {
			taken++
			got, _ := convolve(lowered(s), line)
			requireNear(t, image{[]int{1, got.size[0]}, got.data}, want, seed)
		}
	}
	if taken < 50 {
		t.Errorf("only %d axes were taken away", taken)
	}
}
