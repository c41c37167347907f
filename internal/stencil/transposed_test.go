package stencil

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// spread is a transposed convolution by its definition: each pixel is added to those that it reaches.
func spread(c Conv, more []int, x image) (image, bool) {
	out := image{make([]int, len(x.size)), make([][]float64, c.Out)}
	for i, n := range x.size {
		out.size[i] = c.Strides[i]*(n-1) + more[i] + c.Dilations[i]*(c.Kernel[i]-1) + 1 - c.Begin[i] - c.End[i]
		if out.size[i] < 1 {
			return out, false
		}
	}
	for o := range out.data {
		out.data[o] = make([]float64, product(out.size))
		for i := range out.data[o] {
			if c.Bias != nil {
				out.data[o][i] = c.Bias[o]
			}
		}
	}
	perIn, perOut, taps := c.In/c.Group, c.Out/c.Group, product(c.Kernel)
	row := make([]float64, perOut*taps)
	for ch := range c.In {
		c.Weight.Row(row, ch)
		each(x.size, func(i int, p []int) {
			each(c.Kernel, func(k int, tap []int) {
				at, inside := 0, true
				for axis := range p {
					q := c.Strides[axis]*p[axis] + c.Dilations[axis]*tap[axis] - c.Begin[axis]
					inside = inside && q >= 0 && q < out.size[axis]
					at = at*out.size[axis] + q
				}
				for o := range perOut {
					if inside {
						out.data[ch/perIn*perOut+o][at] += row[o*taps+k] * x.data[ch][i]
					}
				}
			})
		})
	}
	return out, true
}

// TestTransposedSum adds random transposed convolutions up and maps them, and compares with the definition.
func TestTransposedSum(t *testing.T) {
	merged := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 14))
		axes := 1 + r.IntN(2)
		in := []int{1, 2, 4}[r.IntN(3)]
		out := []int{1, 2, 4}[r.IntN(3)]
		strides, growth := make([]int, axes), make([]int, axes)
		for i := range axes {
			strides[i], growth[i] = 1+r.IntN(3), r.IntN(4)-2
		}
		var sum Stencil
		x := randomImage(r, in, make([]int, axes))
		for i := range axes {
			x.size[i] = 1 + r.IntN(5)
		}
		x = randomImage(r, in, x.size)
		want := image{}
		count := 0
		for range 2 + r.IntN(2) {
			c := Conv{In: in, Out: out, Group: 1, Strides: strides, Kernel: make([]int, axes), Dilations: make([]int, axes), Begin: make([]int, axes), End: make([]int, axes)}
			if g := []int{1, 2}[r.IntN(2)]; in%g == 0 && out%g == 0 {
				c.Group = g
			}
			more, possible := make([]int, axes), true
			for i := range axes {
				c.Kernel[i], c.Dilations[i], more[i] = 1+r.IntN(4), 1+r.IntN(2), r.IntN(strides[i])
				pads := growth[i] + more[i] + c.Dilations[i]*(c.Kernel[i]-1)
				if possible = possible && pads >= 0; possible {
					c.Begin[i] = r.IntN(pads + 1)
					c.End[i] = pads - c.Begin[i]
				}
			}
			if !possible {
				continue
			}
			c.Weight = randomWeight(r, Conv{In: c.Out, Out: c.In, Group: c.Group, Kernel: c.Kernel})
			if r.IntN(2) == 0 {
				c.Bias = randomVector(r, out)
			}
			y, ok := spread(c, more, x)
			if !ok {
				continue
			}
			after := Affine{Scale: randomVector(r, out), Shift: randomVector(r, out)}
			s, y := OfTransposed(c, more).Then(after), mapped(y, after)
			if count++; count == 1 {
				sum, want = s, y
				continue
			}
			joint, err := Add(sum, s)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			sum, want = joint, addImages(want, y)
		}
		if count < 2 {
			continue
		}
		c, err := sum.Lower(sum.Union())
		if err != nil || !c.Transposed {
			t.Fatalf("seed %d: %v", seed, err)
		}
		merged++
		got, _ := spread(c, make([]int, axes), x)
		requireNear(t, got, want, seed)
	}
	if merged < 1000 {
		t.Errorf("only %d sums were merged", merged)
	}
}

// TestTransposedAlone is composed with nothing but what changes nothing.
func TestTransposedAlone(t *testing.T) {
	c := conv1([]float64{1, 2}, 2, 1, 0, 0)
	s := OfTransposed(c, []int{0})
	if got, err := Compose(s, Identity(1, 1), nil); err != nil || !got.Transposed {
		t.Errorf("of its input it is %v", err)
	}
	if got, err := Compose(Identity(1, 1), s, nil); err != nil || !got.Transposed {
		t.Errorf("its result is %v", err)
	}
	for _, pair := range [][2]Stencil{{s, Of(c)}, {Of(c), s}, {s, Sample(1, []int{2})}} {
		if _, err := Compose(pair[0], pair[1], nil); !errors.Is(err, ErrTransposed) {
			t.Errorf("it is composed: %v", err)
		}
	}
	if err := s.Compatible(Of(c)); err == nil || s.Class() == Of(c).Class() {
		t.Error("a convolution is added to it")
	}
	if _, err := Stack(nil, s, s); !errors.Is(err, ErrTransposed) {
		t.Errorf("it is stacked: %v", err)
	}
	if got := s.Fitted([]int{3}); got.Growth[0] != s.Growth[0] {
		t.Errorf("its growth is %v", got.Growth)
	}
}
