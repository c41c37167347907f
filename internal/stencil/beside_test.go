package stencil

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestBeside convolves each part of the channels by itself, and all with groups.
func TestBeside(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 15))
		like, ok := randomBranch(r, 2, 2*(1+r.IntN(2)), []int{1 + r.IntN(2), 1}, []int{0, r.IntN(3) - 1})
		if !ok {
			continue
		}
		parts := make([]Conv, 2+r.IntN(3))
		x, want, fits := image{size: []int{4, 5}}, image{}, true
		for i := range parts {
			parts[i] = like.conv
			parts[i].Weight = randomWeight(r, like.conv)
			if like.conv.Bias != nil {
				parts[i].Bias = randomVector(r, like.conv.Out)
			}
			part := randomImage(r, 2, x.size)
			y, ok := convolve(parts[i], part)
			fits = fits && ok
			x.data, want.size, want.data = append(x.data, part.data...), y.size, append(want.data, y.data...)
		}
		all, err := Beside(parts...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !fits {
			continue
		}
		got, _ := convolve(all, x)
		requireNear(t, got, want, seed)
	}
	one := conv1([]float64{1}, 1, 1, 0, 0)
	for _, other := range []Conv{conv1([]float64{1, 2}, 1, 1, 0, 0), conv1([]float64{1}, 2, 1, 0, 0), conv1([]float64{1}, 1, 1, 1, 0)} {
		if _, err := Beside(one, other); !errors.Is(err, ErrUnlike) {
			t.Errorf("%+v goes beside: %v", other, err)
		}
	}
	biased := one
	biased.Bias = []float64{1}
	if _, err := Beside(one, biased); !errors.Is(err, ErrUnlike) {
		t.Errorf("a bias for one of two: %v", err)
	}
}
