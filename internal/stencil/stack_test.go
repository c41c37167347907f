package stencil

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestStack joins the channels of random convolutions of one size, and compares with the textbook results one after the
// other, with growths as large and as small as they may be.
func TestStack(t *testing.T) {
	stacked := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 11))
		axes := 1 + r.IntN(2)
		in, size := 1+r.IntN(3), make([]int, axes)
		stride, growth := make([]int, axes), make([]int, axes)
		for i := range axes {
			size[i], stride[i], growth[i] = 1+r.IntN(9), 1+r.IntN(3), r.IntN(5)-3
		}
		x := randomImage(r, in, size)
		var parts []Stencil
		want := image{}
		for range 1 + r.IntN(3) {
			other := make([]int, axes)
			for i := range axes {
				other[i] = growth[i] - r.IntN(stride[i])
			}
			b, ok := randomBranch(r, in, in*(1+r.IntN(2)), stride, other)
			if !ok {
				continue
			}
			y, ok := b.direct(x)
			if !ok {
				continue
			}
			if want.size == nil {
				want.size = y.size
			}
			if want.size[0] != y.size[0] || want.size[axes-1] != y.size[axes-1] {
				continue // they cannot be joined
			}
			want.data, parts = append(want.data, y.data...), append(parts, b.stencil())
		}
		if len(parts) == 0 {
			continue
		}
		for _, known := range [][]int{nil, size} {
			s, err := Stack(known, parts...)
			if errors.Is(err, ErrLengths) && known == nil {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, s := range []Stencil{s, s.Tight()} {
				c, err := s.Lower(s.Union())
				if errors.Is(err, ErrHidden) {
					continue
				}
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				stacked++
				got, _ := convolve(c, x)
				requireNear(t, got, want, seed)
			}
		}
	}
	if stacked < 2000 {
		t.Errorf("only %d were stacked", stacked)
	}
}

// TestStackRefuses has parts that no run can join.
func TestStackRefuses(t *testing.T) {
	one, two := conv1([]float64{1}, 1, 1, 0, 0), conv1([]float64{1, 2}, 1, 1, 0, 0)
	if _, err := Stack(nil, Of(one), Of(two)); !errors.Is(err, ErrLengths) {
		t.Errorf("sizes that differ by one: %v", err)
	}
	strided := conv1([]float64{1}, 2, 1, 0, 0)
	if _, err := Stack(nil, Of(one), Of(strided)); err == nil {
		t.Error("strides differ")
	}
	cropped := Of(strided).Crop([]int{1}, []int{0})
	if _, err := Stack([]int{5}, Of(strided), cropped); !errors.Is(err, ErrLengths) {
		t.Errorf("of five elements every other one is 3 or 2: %v", err)
	}
	s, err := Stack(nil, Of(strided), cropped)
	if err != nil || s.Growth[0] != 0 || s.Slack[0] != 1 || s.Tight().Growth[0] != -1 {
		t.Errorf("the growth is %v with slack %v, %v", s.Growth, s.Slack, err)
	}
}
