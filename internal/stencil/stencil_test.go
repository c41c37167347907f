package stencil

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// image is channels × the flattened spatial axes.
type image struct {
	size []int
	data [][]float64
}

func randomImage(r *rand.Rand, channels int, size []int) image {
	im := image{size, make([][]float64, channels)}
	for c := range im.data {
		im.data[c] = make([]float64, product(size))
		for i := range im.data[c] {
			im.data[c][i] = r.NormFloat64()
		}
	}
	return im
}

// at reads a pixel, zero outside.
func (im image) at(c int, p []int) float64 {
	i := 0
	for axis, x := range p {
		if x < 0 || x >= im.size[axis] {
			return 0
		}
		i = i*im.size[axis] + x
	}
	return im.data[c][i]
}

// each visits every index of a box.
func each(size []int, visit func(i int, p []int)) {
	for i := range product(size) {
		p, rest := make([]int, len(size)), i
		for axis := len(size) - 1; axis >= 0; axis-- {
			p[axis], rest = rest%size[axis], rest/size[axis]
		}
		visit(i, p)
	}
}

// convolve is a convolution by its textbook definition, over an image that is padded for real; false
// when the output would be empty.
func convolve(c Conv, x image) (image, bool) {
	padded := image{make([]int, len(x.size)), make([][]float64, len(x.data))}
	out := image{make([]int, len(x.size)), make([][]float64, c.Out)}
	for i, n := range x.size {
		padded.size[i] = n + c.Begin[i] + c.End[i]
		span := c.Dilations[i]*(c.Kernel[i]-1) + 1
		if padded.size[i] < span {
			return out, false
		}
		out.size[i] = (padded.size[i]-span)/c.Strides[i] + 1
	}
	for ch := range x.data {
		padded.data[ch] = make([]float64, product(padded.size))
		each(padded.size, func(i int, p []int) {
			q := slices.Clone(p)
			for axis := range q {
				q[axis] -= c.Begin[axis]
			}
			padded.data[ch][i] = x.at(ch, q)
		})
	}
	perGroup, row := c.In/c.Group, make([]float64, c.In/c.Group*product(c.Kernel))
	for o := range c.Out {
		c.Weight.Row(row, o)
		out.data[o] = make([]float64, product(out.size))
		each(out.size, func(i int, p []int) {
			sum := 0.0
			if c.Bias != nil {
				sum = c.Bias[o]
			}
			for ch := range perGroup {
				each(c.Kernel, func(k int, tap []int) {
					q := slices.Clone(p)
					for axis := range q {
						q[axis] = p[axis]*c.Strides[axis] + tap[axis]*c.Dilations[axis]
					}
					sum += row[ch*product(c.Kernel)+k] * padded.at(o/(c.Out/c.Group)*perGroup+ch, q)
				})
			}
			out.data[o][i] = sum
		})
	}
	return out, true
}

func (im image) crop(begin, end []int) image {
	out := image{make([]int, len(im.size)), make([][]float64, len(im.data))}
	for i, n := range im.size {
		out.size[i] = n - begin[i] - end[i]
	}
	for c := range im.data {
		out.data[c] = make([]float64, product(out.size))
		each(out.size, func(i int, p []int) {
			q := slices.Clone(p)
			for axis := range q {
				q[axis] += begin[axis]
			}
			out.data[c][i] = im.at(c, q)
		})
	}
	return out
}

func addImages(a, b image) image {
	out := image{a.size, make([][]float64, len(a.data))}
	for c := range a.data {
		out.data[c] = slices.Clone(a.data[c])
		for i := range out.data[c] {
			out.data[c][i] += b.data[c][i]
		}
	}
	return out
}

func requireNear(t *testing.T, got, want image, seed uint64) {
	t.Helper()
	if !slices.Equal(got.size, want.size) {
		t.Fatalf("seed %d: size %v, want %v", seed, got.size, want.size)
	}
	for c := range want.data {
		for i, w := range want.data[c] {
			if math.Abs(got.data[c][i]-w) > 1e-11*(1+math.Abs(w)) {
				t.Fatalf("seed %d: channel %d, pixel %d of %v: %g, want %g", seed, c, i, want.size, got.data[c][i], w)
			}
		}
	}
}

func randomVector(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

func randomWeight(r *rand.Rand, c Conv) tensor.Recipe {
	shape := []int64{int64(c.Out), int64(c.In / c.Group)}
	for _, k := range c.Kernel {
		shape = append(shape, int64(k))
	}
	n, _ := tensor.Count(shape)
	return tensor.Of(shape, randomVector(r, n)...)
}

// branch is a convolution of the image cropped by so much.
type branch struct {
	conv       Conv
	begin, end []int
}

func (b branch) stencil() Stencil { return Of(b.conv).Crop(b.begin, b.end) }

func (b branch) direct(x image) (image, bool) {
	for i, n := range x.size {
		if b.begin[i]+b.end[i] >= n {
			return image{}, false
		}
	}
	return convolve(b.conv, x.crop(b.begin, b.end))
}

// randomBranch has the given strides and growth, with pads and crops that sum up to it.
func randomBranch(r *rand.Rand, in, out int, stride, growth []int) (branch, bool) {
	axes := len(stride)
	groups := []int{1, in}[r.IntN(2)]
	if out%groups != 0 {
		groups = 1
	}
	b := branch{begin: make([]int, axes), end: make([]int, axes)}
	c := Conv{In: in, Out: out, Group: groups, Strides: stride, Kernel: make([]int, axes), Dilations: make([]int, axes), Begin: make([]int, axes), End: make([]int, axes)}
	for i := range axes {
		c.Kernel[i], c.Dilations[i] = 1+r.IntN(4), 1+r.IntN(2)
		slack := growth[i] + c.Dilations[i]*(c.Kernel[i]-1) // pads minus crops
		left := r.IntN(5) - 2
		right := slack - left
		for _, side := range []struct {
			amount    int
			pad, crop *int
		}{{left, &c.Begin[i], &b.begin[i]}, {right, &c.End[i], &b.end[i]}} {
			if side.amount >= 0 {
				*side.pad = side.amount
			} else {
				*side.crop = -side.amount
			}
		}
		if right > 6 || right < -3 {
			return b, false
		}
	}
	c.Weight = randomWeight(r, c)
	if r.IntN(2) == 0 {
		c.Bias = randomVector(r, out)
	}
	b.conv = c
	return b, true
}

// TestSum merges random branches, crops and groups and dilations included, and compares with the sum
// of textbook convolutions on images so small that borders are most of them.
func TestSum(t *testing.T) {
	merged := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 1))
		axes := 1 + r.IntN(2)
		in := 1 + r.IntN(3)
		out := in * (1 + r.IntN(2))
		stride, growth := make([]int, axes), make([]int, axes)
		for i := range axes {
			stride[i], growth[i] = 1+r.IntN(3), r.IntN(5)-3
		}
		var branches []branch
		for range 2 + r.IntN(3) {
			if b, ok := randomBranch(r, in, out, stride, growth); ok {
				branches = append(branches, b)
			}
		}
		if len(branches) < 2 {
			continue
		}
		parts := make([]Stencil, len(branches))
		for i, b := range branches {
			parts[i] = b.stencil()
		}
		sum, err := Add(parts...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		conv, err := sum.Lower(sum.Union())
		if errors.Is(err, ErrHidden) {
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		merged++
		size := make([]int, axes)
		for i := range size {
			size[i] = 1 + r.IntN(9)
		}
		x := randomImage(r, in, size)
		want, ok := branches[0].direct(x)
		for _, b := range branches[1:] {
			part, fits := b.direct(x)
			if ok = ok && fits; ok {
				want = addImages(want, part)
			}
		}
		if !ok {
			continue
		}
		got, _ := convolve(conv, x)
		requireNear(t, got, want, seed)
	}
	if merged < 2000 {
		t.Errorf("only %d sums were merged", merged)
	}
}

func conv1(weights []float64, stride, dilation, begin, end int) Conv {
	return Conv{
		Weight: tensor.Of([]int64{1, 1, int64(len(weights))}, weights...), In: 1, Out: 1, Group: 1,
		Kernel: []int{len(weights)}, Strides: []int{stride}, Dilations: []int{dilation}, Begin: []int{begin}, End: []int{end},
	}
}

// TestThenAndAfter compares a batch-norm-like map after and before a convolution with the map
// applied to pixels.
func TestThenAndAfter(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		b, ok := randomBranch(r, 2, 4, []int{1 + r.IntN(2), 1}, []int{r.IntN(3) - 2, r.IntN(3) - 2})
		if !ok || slices.Max(append(b.begin, b.end...)) > 0 {
			continue
		}
		x := randomImage(r, 2, []int{5, 6})
		plain, ok := convolve(b.conv, x)
		if !ok {
			continue
		}
		after := Affine{Scale: randomVector(r, 4), Center: randomVector(r, 4), Shift: randomVector(r, 4)}
		lowered, err := Of(b.conv).Then(after).Lower(Geometry{b.conv.Kernel, b.conv.Dilations, b.conv.Begin, b.conv.End})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := convolve(lowered, x)
		requireNear(t, got, mapped(plain, after), seed)

		before := Affine{Scale: randomVector(r, 2), Center: randomVector(r, 2), Shift: randomVector(r, 2)}
		s, err := Of(b.conv).After(before)
		padded := slices.Max(append(slices.Clone(b.conv.Begin), b.conv.End...)) > 0
		if padded {
			if !errors.Is(err, ErrBorder) {
				t.Fatalf("seed %d: a constant before a padded convolution gives %v", seed, err)
			}
			before = Affine{Scale: before.Scale}
			s, err = Of(b.conv).After(before)
		}
		if err != nil {
			t.Fatal(err)
		}
		lowered, err = s.Lower(s.Union())
		if err != nil {
			t.Fatal(err)
		}
		want, _ := convolve(b.conv, mapped(x, before))
		got, _ = convolve(lowered, x)
		requireNear(t, got, want, seed)
	}
}

func mapped(x image, a Affine) image {
	out := image{x.size, make([][]float64, len(x.data))}
	for c := range x.data {
		out.data[c] = slices.Clone(x.data[c])
		for i := range out.data[c] {
			if a.Center != nil {
				out.data[c][i] -= a.Center[c]
			}
			out.data[c][i] *= a.Scale[c]
			if a.Shift != nil {
				out.data[c][i] += a.Shift[c]
			}
		}
	}
	return out
}

func TestCompatible(t *testing.T) {
	s := Of(conv1([]float64{1}, 1, 1, 0, 0))
	for name, change := range map[string]func(*Stencil){
		"input channels":  func(s *Stencil) { s.In = 2 },
		"output channels": func(s *Stencil) { s.Out = 2 },
		"strides":         func(s *Stencil) { s.Stride = []int{2} },
		"sizes":           func(s *Stencil) { s.Growth = []int{1} },
	} {
		other := s
		change(&other)
		if err := s.Compatible(other); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s differ: %v", name, err)
		}
	}
	if err := s.Compatible(s); err != nil {
		t.Error(err)
	}
}

// TestMovesShareNothing moves a stencil and pads its result, which stays as it was.
func TestMovesShareNothing(t *testing.T) {
	kernel := conv1([]float64{1, 2, 3}, 2, 1, 1, 1)
	build := func() Stencil { return Of(kernel) }
	for name, move := range map[string]func(s Stencil) Stencil{
		"crop": func(s Stencil) Stencil { return s.Crop([]int{2}, []int{3}) },
		"pad":  func(s Stencil) Stencil { return s.Pad([]int{2}, []int{3}) },
		"pad_result": func(s Stencil) Stencil {
			s, err := s.PadResult([]int{0}, []int{0}, []float64{0}, []int{5})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		s := build()
		moved := move(s)
		moved.Growth[0], moved.Terms[0].Origin[0] = 99, 99
		if want := build(); !reflect.DeepEqual(s, want) {
			t.Errorf("%s: the stencil was %+v and is %+v", name, want, s)
		}
	}
}
