package stencil

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// layer is a stencil and what it does by definition.
type layer struct {
	stencil Stencil
	direct  func(image) (image, bool)
}

// randomLayer is a convolution of a crop, an average or a sample.
func randomLayer(r *rand.Rand, axes, in, out int) layer {
	zeros := make([]int, axes)
	strides := make([]int, axes)
	for i := range strides {
		strides[i] = 1 + r.IntN(2)*r.IntN(3)
	}
	if in == out && r.IntN(6) == 0 {
		s := Sample(in, strides).Crop(zeros, zeros)
		conv := Conv{Weight: unit{}, In: in, Out: in, Group: in, Kernel: slices.Repeat([]int{1}, axes), Strides: strides, Dilations: slices.Repeat([]int{1}, axes), Begin: zeros, End: zeros}
		return layer{s, func(x image) (image, bool) { return convolve(conv, x) }}
	}
	c := Conv{In: in, Out: out, Group: 1, Strides: strides, Kernel: make([]int, axes), Dilations: make([]int, axes), Begin: make([]int, axes), End: make([]int, axes)}
	if g := gcd(in, out); r.IntN(2) == 0 {
		c.Group = g
	}
	crop := branch{begin: make([]int, axes), end: make([]int, axes)}
	for i := range axes {
		c.Kernel[i], c.Dilations[i] = []int{1, 1, 2, 3}[r.IntN(4)], 1+r.IntN(2)*r.IntN(2)
		reach := c.Dilations[i] * (c.Kernel[i] - 1)
		switch r.IntN(4) {
		case 0:
			c.Begin[i], c.End[i] = r.IntN(3), r.IntN(3)
		case 1:
			c.Begin[i], c.End[i] = reach, reach
		}
		if r.IntN(6) == 0 {
			crop.begin[i], crop.end[i] = r.IntN(2), r.IntN(2)
		}
	}
	if in == out && r.IntN(4) == 0 {
		s := Average(in, c)
		each := slices.Repeat([]float64{1 / float64(product(c.Kernel))}, in*product(c.Kernel))
		shape := []int64{int64(in), 1}
		for _, k := range c.Kernel {
			shape = append(shape, int64(k))
		}
		c.Weight, c.Group = tensor.Of(shape, each...), in
		return layer{s, func(x image) (image, bool) { return convolve(c, x) }}
	}
	c.Weight = randomWeight(r, c)
	switch r.IntN(4) {
	case 0:
		c.Bias = randomVector(r, out)
	case 1:
		c.Bias = make([]float64, out)
	}
	crop.conv = c
	return layer{crop.stencil(), crop.direct}
}

// TestCompose composes random layers, crops, averages and samples among them, and compares with one
// after the other on images so small that borders are most of them.
func TestCompose(t *testing.T) {
	composed := map[bool]int{}
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 4))
		axes := 1 + r.IntN(3)
		channels := []int{1, 2, 3, 4, 6}
		in, middle, out := channels[r.IntN(5)], channels[r.IntN(5)], channels[r.IntN(5)]
		if axes == 3 {
			in, middle, out = min(in, 2), min(middle, 2), min(out, 2)
		}
		inner, outer := randomLayer(r, axes, in, middle), randomLayer(r, axes, middle, out)
		size := make([]int, axes)
		for i := range size {
			size[i] = 1 + r.IntN(9/axes+2)
		}
		x := randomImage(r, in, size)
		known := r.IntN(2) == 0
		if !known {
			size = nil
		}
		s, err := Compose(outer.stencil, inner.stencil, size)
		if err != nil {
			continue
		}
		y, ok := inner.direct(x)
		if !ok {
			continue
		}
		want, ok := outer.direct(y)
		if !ok {
			continue
		}
		conv, err := s.Lower(s.Union())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, ok := convolve(conv, x)
		if !ok {
			t.Fatalf("seed %d: the composed kernel leaves nothing of %v", seed, x.size)
		}
		requireNear(t, got, want, seed)
		composed[known]++
	}
	if composed[true] < 3000 || composed[false] < 2000 {
		t.Errorf("only %v pairs were composed", composed)
	}
}

// TestComposeRefusesOnlyWhatDiffers composes in one dimension what Compose refuses, and finds an image
// on which the answers differ.
func TestComposeRefusesOnlyWhatDiffers(t *testing.T) {
	refused := map[error]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		known := r.IntN(2) * (1 + r.IntN(9))
		conv := func(stride int) Conv {
			c := conv1(randomVector(r, 1+r.IntN(3)), stride, 1+r.IntN(2), r.IntN(3), r.IntN(3))
			if known > 0 { // on one tiny image a dilated kernel may leap over what it must not read
				c.Dilations[0] = 1
			}
			if r.IntN(2) == 0 {
				c.Bias = []float64{r.NormFloat64()}
			}
			return c
		}
		inner, outer := conv(1+r.IntN(3)), conv(1+r.IntN(2)*min(known, 2))
		sizes := []int{known}
		var size []int
		if known > 0 {
			size = []int{known}
		} else {
			for n := range 16 {
				sizes = append(sizes, n+1)
			}
		}
		_, err := Compose(Of(outer), Of(inner), size)
		if err == nil {
			continue
		}
		s, tooLarge := ComposeInside(Of(outer), Of(inner))
		if tooLarge != nil {
			t.Fatal(tooLarge)
		}
		lowered, err2 := s.Lower(s.Union())
		if err2 != nil {
			t.Fatal(err2)
		}
		ran, differs := false, false
		for _, n := range sizes {
			if n == 0 {
				continue
			}
			x := randomImage(r, 1, []int{n})
			y, ok := convolve(inner, x)
			if !ok {
				continue
			}
			want, ok := convolve(outer, y)
			if !ok {
				continue
			}
			got, _ := convolve(lowered, x)
			ran = true
			for i, w := range want.data[0] {
				differs = differs || got.data[0][i]-w > 1e-9 || w-got.data[0][i] > 1e-9
			}
		}
		if ran && !differs {
			t.Errorf("seed %d: refused (%v), yet equal: %+v after %+v, size %v", seed, err, outer, inner, size)
		}
		refused[err]++
	}
	if refused[ErrOverlap] < 300 || refused[ErrBorder] < 100 {
		t.Errorf("refused %v", refused)
	}
}

// TestComposeConditions has the conditions one by one.
func TestComposeConditions(t *testing.T) {
	ones := func(k, stride, begin, end int, bias ...float64) Stencil {
		c := conv1(slices.Repeat([]float64{1}, k), stride, 1, begin, end)
		if len(bias) > 0 {
			c.Bias = bias
		}
		return Of(c)
	}
	for name, c := range map[string]struct {
		outer, inner Stencil
		size         []int
		want         error
	}{
		"both_padded":                  {ones(3, 1, 1, 1), ones(3, 1, 1, 1, 1), nil, ErrOverlap},
		"both_padded_no_bias":          {ones(3, 1, 1, 1), ones(3, 1, 1, 1), nil, ErrOverlap},
		"second_unpadded":              {ones(3, 1, 0, 0), ones(3, 1, 1, 1, 1), nil, nil},
		"pointwise":                    {ones(3, 1, 1, 1), ones(1, 1, 0, 0), nil, nil},
		"pointwise_bias":               {ones(3, 1, 1, 1), ones(1, 1, 0, 0, 1), nil, ErrBorder},
		"pointwise_zero_bias":          {ones(3, 1, 1, 1), ones(1, 1, 0, 0, 0), nil, nil},
		"pad_in_the_pointwise":         {ones(3, 1, 0, 0), ones(1, 1, 1, 1, 1), nil, nil},
		"pad_at_the_other_end":         {ones(3, 1, 0, 2), ones(3, 1, 2, 2), nil, nil},
		"pad_at_the_first_end":         {ones(3, 1, 2, 0), ones(3, 1, 0, 2), nil, ErrOverlap},
		"full_pads":                    {ones(3, 1, 1, 1), ones(3, 1, 2, 2), nil, nil},
		"patch_of_unknown_size":        {ones(3, 1, 1, 1), ones(2, 2, 0, 0), nil, ErrOverlap},
		"patch_that_divides":           {ones(3, 1, 1, 1), ones(2, 2, 0, 0), []int{8}, nil},
		"patch_that_does_not":          {ones(3, 1, 1, 1), ones(2, 2, 0, 0), []int{7}, ErrOverlap},
		"strided_pointwise":            {ones(3, 1, 1, 1), ones(1, 2, 0, 0), nil, nil},
		"padding_not_reached":          {ones(2, 2, 0, 1), ones(3, 1, 1, 1, 1), []int{4}, nil},
		"padding_reached":              {ones(2, 2, 0, 1), ones(3, 1, 1, 1, 1), []int{5}, ErrOverlap},
		"bias_through_no_weight":       {Of(conv1([]float64{0, 1, 0}, 1, 1, 1, 1)), ones(1, 1, 0, 0, 1), nil, nil},
		"crop_that_strides_leap":       {Of(conv1([]float64{1}, 2, 1, 2, 0)), ones(1, 1, 0, 0).Crop([]int{1}, []int{0}), nil, nil},
		"crop_that_strides_hit":        {Of(conv1([]float64{1}, 2, 1, 1, 0)), ones(1, 1, 0, 0).Crop([]int{1}, []int{0}), nil, ErrOverlap},
		"end_that_strides_leap":        {Of(conv1([]float64{1}, 2, 1, 0, 2)), ones(1, 1, 0, 0).Crop([]int{0}, []int{1}), []int{8}, nil},
		"end_that_strides_hit":         {Of(conv1([]float64{1}, 2, 1, 0, 2)), ones(1, 1, 0, 0).Crop([]int{0}, []int{1}), []int{7}, ErrOverlap},
		"reach_that_few_outputs_leave": {Of(conv1([]float64{1, 1}, 1, 4, 3, 0)), ones(3, 1, 0, 0), []int{4}, nil},
		"reach_that_more_outputs_give": {Of(conv1([]float64{1, 1}, 1, 4, 3, 0)), ones(3, 1, 0, 0), []int{6}, ErrOverlap},
		"hidden_from_no_stride":        {ones(1, 1, 0, 0), ones(1, 2, 0, 1).Crop([]int{0}, []int{1}), []int{8}, nil},
		"hidden_from_a_stride":         {ones(1, 1, 0, 0), ones(1, 2, 0, 1).Crop([]int{0}, []int{1}), []int{7}, ErrHidden},
		"hidden_by_the_second":         {ones(1, 1, 1, 0).Crop([]int{1}, []int{0}), ones(1, 1, 0, 0), nil, ErrHidden},
		"hidden_by_the_first":          {ones(1, 1, 0, 0), ones(1, 1, 1, 0).Crop([]int{1}, []int{0}), nil, ErrHidden},
		"too_many_taps":                {Of(conv1([]float64{1, 1}, 1, 1<<17, 0, 0)), ones(2, 1, 0, 0), nil, ErrTooLarge},
		"too_far":                      {ones(1, 1<<20, 0, 0), ones(1, 1<<20, 0, 0), nil, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Compose(c.outer, c.inner, c.size); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := Compose(Identity(2, 2), Identity(3, 2), nil); err == nil {
		t.Error("three channels went into two")
	}
}
