package stencil

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// TestSelect picks channels, and zeros for −1.
func TestSelect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	x := randomImage(r, 3, []int{2, 5})
	got, ok := convolve(lowered(t, Select(3, []int{2, -1, 0, 2}, 2)), x)
	want := image{x.size, [][]float64{x.data[2], make([]float64, 10), x.data[0], x.data[2]}}
	if !ok || !slices.Equal(got.size, want.size) {
		t.Fatalf("sizes %v", got.size)
	}
	requireNear(t, got, want, 1)
}

// TestRecipes has the rows of every recipe, and bounds that no element exceeds.
func TestRecipes(t *testing.T) {
	dense := tensor.Of([]int64{2, 2, 2}, 1.0, -2, 3, 4, 5, 6, -7, 8)
	s := Stencil{In: 2, Out: 2}
	term := Term{Kernel: dense, Groups: 1, Size: []int{2}}
	sum := placedSum{kernelSize: 3, scratch: &scratch{}, terms: []placed{
		{kernel: dense, at: []int{0, 2}, size: 4, shift: func(int) int { return 0 }},
		{kernel: unit{}, at: []int{1}, size: 1, shift: func(row int) int { return row }},
	}}
	for name, c := range map[string]struct {
		recipe tensor.Recipe
		want   [][]float64
	}{
		"unit":         {unit{}, [][]float64{{1}, {1}}},
		"selection":    {selection{1, -1}, [][]float64{{0, 1}, {0, 0}}},
		"uniform":      {uniform(-0.25), [][]float64{{-0.25, -0.25}, {-0.25, -0.25}}},
		"scaled":       {scaleRows(dense, []float64{2, -1}), [][]float64{{2, -4, 6, 8}, {-5, -6, 7, -8}}},
		"input_scaled": {s.scaleColumns(term, []float64{10, 0.5}), [][]float64{{10, -20, 1.5, 2}, {50, 60, -3.5, 4}}},
		"placed_sum":   {sum, [][]float64{{1, 1, -2, 3, 0, 4}, {5, 0, 6, -7, 1, 8}}},
	} {
		t.Run(name, func(t *testing.T) {
			for o, want := range c.want {
				got := make([]float64, len(want))
				c.recipe.Row(got, o)
				if !slices.Equal(got, want) {
					t.Errorf("row %d is %v, want %v", o, got, want)
				}
				if bound := c.recipe.MaxAbs(); bound < tensor.Vector(got).MaxAbs() {
					t.Errorf("row %d has %v, more than the bound %g", o, got, bound)
				}
			}
		})
	}
	if got := (placedSum{terms: sum.terms[:1], kernelSize: 2}).simplified(2); got != tensor.Recipe(dense) {
		t.Errorf("a kernel that fills its place alone becomes %T", got)
	}
}

// TestPlacedSum adds kernels of every number of taps, of several groups, in the order of the terms: to the same bits as one tap
// after another.
func TestPlacedSum(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 2))
	for seed := range 500 {
		size, channels := 1+r.IntN(5), 1+r.IntN(4)
		sum := placedSum{kernelSize: size, scratch: &scratch{}}
		want := make([]float64, size*channels)
		for range 1 + r.IntN(3) {
			var at []int
			for tap := range size {
				if r.IntN(3) > 0 {
					at = append(at, tap)
				}
			}
			if len(at) == 0 {
				continue
			}
			first := r.IntN(channels)
			kernel := make(tensor.Vector, (channels-first)*len(at))
			for i := range kernel {
				kernel[i] = []float64{r.NormFloat64(), math.Copysign(0, -1)}[r.IntN(2)]
				want[(first+i/len(at))*size+at[i%len(at)]] += kernel[i]
			}
			sum.terms = append(sum.terms, placed{kernel: kernel, at: at, size: len(kernel), shift: func(int) int { return first }})
		}
		if len(sum.terms) == 0 {
			continue
		}
		got := randomVector(r, len(want))
		sum.Row(got, 0)
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("sum %d: element %d is %g, want %g", seed, i, got[i], want[i])
			}
		}
	}
}

// BenchmarkRow computes the kernel of an ACNet's block, of three branches with 1,024 channels, to be compared with tensor's.
func BenchmarkRow(b *testing.B) {
	const channels = 1024
	var g Geometry
	s := Stencil{}
	for i, kernel := range [][]int{{3, 3}, {1, 3}, {3, 1}} {
		pads := []int{kernel[0] / 2, kernel[1] / 2}
		w := tensor.Of([]int64{1, channels, int64(kernel[0]), int64(kernel[1])}, make([]float32, channels*kernel[0]*kernel[1])...)
		part := Of(Conv{Weight: w, In: channels, Out: 1, Group: 1, Kernel: kernel, Strides: []int{1, 1}, Dilations: []int{1, 1}, Begin: pads, End: pads})
		part = part.Times(2)
		if i == 0 {
			s, g = part, part.Union()
			continue
		}
		s.Terms = append(s.Terms, part.Terms...)
	}
	conv, err := s.Lower(g)
	if err != nil {
		b.Fatal(err)
	}
	row := make([]float64, channels*9)
	b.SetBytes(4 * channels * 15)
	for b.Loop() {
		conv.Weight.Row(row, 0)
	}
}
