package stencil

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestUnion(t *testing.T) {
	square := Conv{In: 1, Out: 1, Group: 1, Kernel: []int{3, 3}, Strides: []int{1, 1}, Dilations: []int{1, 1}, Begin: []int{1, 1}, End: []int{1, 1}, Weight: unit{}}
	horizontal, vertical := square, square
	horizontal.Kernel, horizontal.Begin, horizontal.End = []int{1, 3}, []int{0, 1}, []int{0, 1}
	vertical.Kernel, vertical.Begin, vertical.End = []int{3, 1}, []int{1, 0}, []int{1, 0}
	corners := square
	corners.Kernel, corners.Dilations = []int{2, 2}, []int{2, 2}
	for name, c := range map[string]struct {
		parts []Stencil
		want  Geometry
	}{
		"acnet":   {[]Stencil{Of(square), Of(horizontal), Of(vertical)}, Geometry{[]int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}}},
		"cross":   {[]Stencil{Of(horizontal), Of(vertical)}, Geometry{[]int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}}},
		"corners": {[]Stencil{Of(corners)}, Geometry{[]int{2, 2}, []int{2, 2}, []int{1, 1}, []int{1, 1}}},
		"repnext": {[]Stencil{Of(corners), Of(horizontal), Of(vertical), Identity(1, 2)}, Geometry{[]int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			sum, err := Add(c.parts...)
			if err != nil {
				t.Fatal(err)
			}
			got := sum.Union()
			if !slices.Equal(got.Kernel, c.want.Kernel) || !slices.Equal(got.Dilations, c.want.Dilations) ||
				!slices.Equal(got.Begin, c.want.Begin) || !slices.Equal(got.End, c.want.End) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestPlace lowers one term into a given kernel, and compares with where the taps of both stand: it has its
// place exactly when each of its taps is one of the kernel's.
func TestPlace(t *testing.T) {
	placed := map[bool]int{}
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 8))
		g := Geometry{[]int{1 + r.IntN(6)}, []int{1 + r.IntN(3)}, []int{r.IntN(5)}, []int{r.IntN(5)}}
		grown := r.IntN(8) == 0
		s := Of(conv1(randomVector(r, 1+r.IntN(3)), 1, 1+r.IntN(4), r.IntN(6), 0))
		s.Growth = []int{g.Begin[0] + g.End[0] - g.Dilations[0]*(g.Kernel[0]-1)}
		if grown {
			s.Growth[0]++
		}
		fits := !grown
		var want []float64
		for range g.Kernel[0] {
			want = append(want, 0)
		}
		taps := make([]float64, s.Terms[0].Size[0])
		s.Terms[0].Kernel.Row(taps, 0)
		for j, w := range taps {
			at := s.Terms[0].Origin[0] + j*s.Terms[0].Dilation[0] + g.Begin[0]
			if at < 0 || at%g.Dilations[0] != 0 || at/g.Dilations[0] >= g.Kernel[0] {
				fits = false
				break
			}
			want[at/g.Dilations[0]] = w
		}
		conv, err := s.Lower(g)
		if (err == nil) != fits {
			t.Fatalf("seed %d: %+v in %+v: %v, fits: %v", seed, s.Terms[0], g, err, fits)
		}
		placed[fits]++
		if !fits {
			continue
		}
		got := make([]float64, g.Kernel[0])
		conv.Weight.Row(got, 0)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: kernel %v, want %v", seed, got, want)
		}
	}
	if placed[true] < 300 || placed[false] < 1000 {
		t.Errorf("placed %v", placed)
	}
}

// TestSameUpper pins what is easy to get wrong in SAME_UPPER at stride 2: on an even size the 1-tap branch belongs at
// offset 0 of the three taps, on an odd one at offset 1.
func TestSameUpper(t *testing.T) {
	for size, want := range map[int][]float64{8: {11, 2, 3}, 9: {1, 12, 3}} {
		pads := []int{0, 1}
		if size%2 == 1 {
			pads = []int{1, 1}
		}
		three := Of(conv1([]float64{1, 2, 3}, 2, 1, pads[0], pads[1]))
		// One tap at stride 2 needs no pads for SAME; its growth differs from that of three taps by
		// what the floor swallows, so the sizes agree for this parity only.
		one := Of(conv1([]float64{10}, 2, 1, 0, 0))
		one.Growth = three.Growth
		sum, err := Add(three, one)
		if err != nil {
			t.Fatal(err)
		}
		conv, err := sum.Lower(sum.Union())
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, 3)
		conv.Weight.Row(got, 0)
		if !slices.Equal(got, want) {
			t.Errorf("size %d: kernel %v, want %v", size, got, want)
		}
	}
}

func lowered(t *testing.T, s Stencil) Conv {
	t.Helper()
	c, err := s.Lower(s.Union())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestUnionPadsNoMoreThanItMust crops before a dilated kernel: taps are added until no pad is negative, and
// no further.
func TestUnionPadsNoMoreThanItMust(t *testing.T) {
	for dilation := 1; dilation <= 3; dilation++ {
		for begin := range 8 {
			for end := range 8 {
				conv := conv1([]float64{1, 1}, 1, dilation, 0, 0)
				g := Of(conv).Crop([]int{begin}, []int{end}).Union()
				if g.Begin[0] < 0 || g.Begin[0] >= dilation || g.End[0] < 0 || g.End[0] >= dilation || g.Dilations[0] != dilation {
					t.Errorf("dilation %d, crops %d and %d: %+v", dilation, begin, end, g)
				}
			}
		}
	}
}
