package stencil

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// bordered pads an image with a number for each channel.
func bordered(x image, begin, end []int, border []float64) image {
	out := image{make([]int, len(x.size)), make([][]float64, len(x.data))}
	for i, n := range x.size {
		out.size[i] = n + begin[i] + end[i]
	}
	for c := range out.data {
		out.data[c] = make([]float64, product(out.size))
		each(out.size, func(i int, p []int) {
			inside := make([]int, len(p))
			out.data[c][i] = border[c]
			for axis := range p {
				inside[axis] = p[axis] - begin[axis]
				if inside[axis] < 0 || inside[axis] >= x.size[axis] {
					return
				}
			}
			out.data[c][i] = x.at(c, inside)
		})
	}
	return out
}

// TestPadResult pads the results of random layers, crops, averages and samples among them, and composes another layer with
// them, where that may be done; and compares with one after the other.
func TestPadResult(t *testing.T) {
	alone, composed := map[bool]int{}, 0
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 8))
		axes := 1 + r.IntN(2)
		channels := []int{1, 2, 3, 4}
		in, middle, out := channels[r.IntN(4)], channels[r.IntN(4)], channels[r.IntN(4)]
		inner, outer := randomLayer(r, axes, in, middle), randomLayer(r, axes, middle, out)
		size, begin, end := make([]int, axes), make([]int, axes), make([]int, axes)
		for i := range size {
			size[i], begin[i], end[i] = 1+r.IntN(7), r.IntN(3), r.IntN(3)
		}
		x := randomImage(r, in, size)
		known := r.IntN(2) == 0
		if !known {
			size = nil
		}
		border := inner.stencil.Bias
		if border == nil {
			border = make([]float64, middle)
		}
		s, err := inner.stencil.PadResult(begin, end, border, size)
		if err != nil || s.VisibleAt(size) != nil {
			continue
		}
		y, ok := inner.direct(x)
		if !ok {
			continue
		}
		want := bordered(y, begin, end, border)
		conv, err := s.Lower(s.Union())
		if errors.Is(err, ErrHidden) {
			continue // for other sizes
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, ok := convolve(conv, x)
		if !ok {
			t.Fatalf("seed %d: the padded kernel leaves nothing of %v", seed, x.size)
		}
		requireNear(t, got, want, seed)
		alone[known]++

		if s, err = Compose(outer.stencil, s, size); err != nil {
			continue
		}
		if want, ok = outer.direct(want); !ok {
			continue
		}
		if conv, err = s.Lower(s.Union()); err != nil {
			continue
		}
		if got, ok = convolve(conv, x); !ok {
			t.Fatalf("seed %d: the composed kernel leaves nothing of %v", seed, x.size)
		}
		requireNear(t, got, want, seed)
		composed++
	}
	if alone[true] < 3000 || alone[false] < 3000 || composed < 2000 {
		t.Errorf("only %v layers were padded, and %d composed with another", alone, composed)
	}
}

// TestPadResultRefusesOnlyWhatDiffers pads in one dimension what PadResult refuses, and finds an image on which
// the answers differ.
func TestPadResultRefusesOnlyWhatDiffers(t *testing.T) {
	refused := map[error]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 9))
		inner := conv1(randomVector(r, 1+r.IntN(3)), 1+r.IntN(3), 1, r.IntN(3), r.IntN(3))
		inner.Bias = []float64{r.NormFloat64()}
		begin, end, border := []int{r.IntN(3)}, []int{r.IntN(3)}, []float64{inner.Bias[0]}
		if r.IntN(4) == 0 {
			border[0]++
		}
		_, err := Of(inner).PadResult(begin, end, border, nil)
		if err == nil || begin[0]+end[0] == 0 {
			continue
		}
		stride := inner.Strides[0]
		s := Of(inner).shifted([]int{-stride * begin[0]}, []int{-stride * end[0]})
		lowered, lowering := s.Lower(s.Union())
		if lowering != nil {
			t.Fatal(lowering)
		}
		ran, differs := false, false
		for n := range 12 {
			x := randomImage(r, 1, []int{n + 1})
			y, ok := convolve(inner, x)
			if !ok {
				continue
			}
			want := bordered(y, begin, end, border)
			got, _ := convolve(lowered, x)
			ran = true
			for i, w := range want.data[0] {
				differs = differs || math.Abs(got.data[0][i]-w) > 1e-9
			}
		}
		if ran && !differs {
			t.Errorf("seed %d: refused (%v), yet equal: %+v with %v and %v around it", seed, err, inner, begin, end)
		}
		refused[err]++
	}
	if refused[ErrBorderReach] < 300 || refused[ErrBorderValue] < 300 {
		t.Errorf("refused %v", refused)
	}
}

// TestHasConstant takes numbers that float64 rounds apart for the same, and none that float32 does.
func TestHasConstant(t *testing.T) {
	for name, c := range map[string]struct {
		bias, border []float64
		want         bool
	}{
		"equal":            {[]float64{1, -2}, []float64{1, -2}, true},
		"none_and_zeros":   {nil, []float64{0, 0}, true},
		"none_and_one":     {nil, []float64{0, 1}, false},
		"another_order":    {[]float64{0.1 + 0.2, 3}, []float64{0.3, 3}, true},
		"half_a_float32":   {[]float64{1, 3}, []float64{1 + 0x1p-25, 3}, false},
		"of_another_sign":  {[]float64{1e-3, 3}, []float64{-1e-3, 3}, false},
		"too_few":          {[]float64{1, 1}, []float64{1}, false},
		"not_a_number":     {[]float64{1, 2}, []float64{1, math.NaN()}, false},
		"infinite_on_both": {[]float64{1, math.Inf(1)}, []float64{1, math.Inf(1)}, false},
	} {
		if got := (Stencil{Out: 2, Bias: c.bias}).HasConstant(c.border); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
