package stencil

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestPick moves numbers at random, and convolves them: at once and one after the other.
func TestPick(t *testing.T) {
	composed := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 12))
		axes, channels := 1+r.IntN(2), 1+r.IntN(3)
		stride, size := make([]int, axes), make([]int, axes)
		for i := range axes {
			stride[i] = 1 + r.IntN(3)
			size[i] = stride[i] * (1 + r.IntN(4))
		}
		from := make([]Source, 1+r.IntN(5))
		for o := range from {
			from[o] = Source{Channel: r.IntN(channels), Offset: make([]int, axes)}
			for i := range axes {
				from[o].Offset[i] = r.IntN(stride[i])
			}
		}
		x := randomImage(r, channels, size)
		moved := image{make([]int, axes), make([][]float64, len(from))}
		for i := range axes {
			moved.size[i] = size[i] / stride[i]
		}
		for o, source := range from {
			moved.data[o] = make([]float64, product(moved.size))
			each(moved.size, func(i int, p []int) {
				q := make([]int, axes)
				for axis := range q {
					q[axis] = p[axis]*stride[axis] + source.Offset[axis]
				}
				moved.data[o][i] = x.at(source.Channel, q)
			})
		}
		steps, growth := make([]int, axes), make([]int, axes)
		for i := range axes {
			steps[i], growth[i] = 1+r.IntN(2), r.IntN(3)-2
		}
		b, ok := randomBranch(r, len(from), 2, steps, growth)
		if !ok || b.begin[0]+b.end[0]+b.begin[axes-1]+b.end[axes-1] > 0 {
			continue
		}
		want, ok := convolve(b.conv, moved)
		if !ok {
			continue
		}
		for _, known := range [][]int{nil, size} {
			s, err := Compose(Of(b.conv), Pick(channels, from, stride), known)
			if errors.Is(err, ErrOverlap) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, s := range []Stencil{s, s.Tight()} {
				c, err := s.Lower(s.Union())
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				composed++
				got, _ := convolve(c, x)
				requireNear(t, got, want, seed)
			}
		}
	}
	if composed < 2500 {
		t.Errorf("only %d were composed", composed)
	}
}
