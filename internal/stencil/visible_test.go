package stencil

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestVisible(t *testing.T) {
	tap := conv1([]float64{1}, 1, 1, 0, 0)
	for name, c := range map[string]struct {
		s    Stencil
		want error
	}{
		"crop_then_pad":       {Of(conv1([]float64{1}, 1, 1, 1, 1)).Crop([]int{1}, []int{1}), ErrHidden},
		"pad_then_crop":       {Of(tap).Crop([]int{1}, []int{1}).Pad([]int{2}, []int{2}), nil},
		"crop_only":           {Of(tap).Crop([]int{1}, []int{1}), nil},
		"crop_then_pad_op":    {Of(tap).Pad([]int{1}, []int{0}).Crop([]int{1}, []int{0}), ErrHidden},
		"negative_pad":        {Of(conv1([]float64{1}, 1, 1, 1, 0)).Pad([]int{-1}, []int{0}), ErrHidden},
		"end_padded":          {Of(conv1([]float64{1}, 1, 1, 0, 1)).Crop([]int{0}, []int{1}), ErrHidden},
		"crops_add_up":        {Of(conv1([]float64{1}, 1, 1, 1, 0)).Crop([]int{1}, []int{0}).Crop([]int{1}, []int{0}), ErrHidden},
		"pad_less_than_crop":  {Of(conv1([]float64{1}, 1, 1, 1, 0)).Crop([]int{2}, []int{0}).Pad([]int{1}, []int{0}), ErrHidden},
		"pad_inside_the_crop": {Of(conv1([]float64{1}, 1, 1, 1, 0)).Crop([]int{2}, []int{0}).Pad([]int{2}, []int{0}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.s.Visible(); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestVisibleAt compares with a walk over every position: a tap must not read what is hidden.
func TestVisibleAt(t *testing.T) {
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 6))
		s := Of(conv1(randomVector(r, 1+r.IntN(3)), 1+r.IntN(3), 1+r.IntN(2), r.IntN(3), r.IntN(3))).Crop([]int{r.IntN(3)}, []int{r.IntN(3)})
		reads := func(size int) bool {
			term := s.Terms[0]
			for p := range s.length(0, size) {
				for j := range term.Size[0] {
					at := p*s.Stride[0] + term.Origin[0] + j*term.Dilation[0]
					if at >= 0 && at < size && (at < term.Hidden[0][0] || at >= size-term.Hidden[1][0]) {
						return true
					}
				}
			}
			return false
		}
		anywhere := false
		for size := 6; size < 20; size++ {
			hidden := reads(size)
			anywhere = anywhere || hidden
			if err := s.VisibleAt([]int{size}); (err != nil) != hidden {
				t.Fatalf("seed %d: size %d: %v, hidden elements are read: %v", seed, size, err, hidden)
			}
		}
		if err := s.Visible(); (err != nil) != anywhere {
			t.Fatalf("seed %d: %v, hidden elements are read: %v", seed, err, anywhere)
		}
	}
}
