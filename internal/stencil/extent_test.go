package stencil

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestExtent joins the extents of random branches: that gives the kernel and the cost of their sum, in any order.
func TestExtent(t *testing.T) {
	joined := 0
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 7))
		stride, growth := []int{1 + r.IntN(3), 1}, []int{r.IntN(5) - 3, r.IntN(5) - 3}
		var parts []Stencil
		for range 2 + r.IntN(4) {
			if b, ok := randomBranch(r, 2, 4, stride, growth); ok {
				parts = append(parts, b.stencil())
			}
		}
		if len(parts) < 2 {
			continue
		}
		joined++
		sum, err := Add(parts...)
		if err != nil {
			t.Fatal(err)
		}
		forth, back := parts[0].Extent(), parts[len(parts)-1].Extent()
		for i := 1; i < len(parts); i++ {
			forth, back = forth.Join(parts[i].Extent()), back.Join(parts[len(parts)-1-i].Extent())
		}
		for _, e := range []Extent{forth, back} {
			if got, want := e.Union(), sum.Union(); !reflect.DeepEqual(got, want) {
				t.Errorf("seed %d: kernel %v, want %v", seed, got, want)
			}
			if got, want := e.Cost(), sum.Cost(sum.Union()); got != want {
				t.Errorf("seed %d: cost %d, want %d", seed, got, want)
			}
		}
	}
	if joined < 200 {
		t.Errorf("only %d sums were joined", joined)
	}
}

// TestClass compares the classes of stencils with what [Stencil.Compatible] says of them.
func TestClass(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	same := [2]int{}
	for range 2000 {
		random := func() Stencil {
			s := Identity(1+r.IntN(2), 1)
			s.Stride, s.Growth, s.Out = []int{1 + r.IntN(2)}, []int{r.IntN(3) - 1}, 1+r.IntN(2)
			return s
		}
		a, b := random(), random()
		compatible := a.Compatible(b) == nil
		if (a.Class() == b.Class()) != compatible {
			t.Fatalf("%+v and %+v: compatible is %v", a, b, compatible)
		}
		if compatible {
			same[1]++
		} else {
			same[0]++
		}
	}
	if same[0] < 100 || same[1] < 20 {
		t.Errorf("only %v pairs", same)
	}
}
