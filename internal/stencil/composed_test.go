package stencil

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestComposedKernelIsReadInAnyOrder reads rows of a chain of three dense kernels forward and backward.
func TestComposedKernelIsReadInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	dense := func() Stencil {
		c := Conv{In: 4, Out: 4, Group: 1, Kernel: []int{2}, Strides: []int{1}, Dilations: []int{1}, Begin: []int{0}, End: []int{0}}
		c.Weight = randomWeight(r, c)
		return Of(c)
	}
	a, b, c := dense(), dense(), dense()
	ab, err := Compose(b, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	left, err := Compose(c, ab, nil)
	if err != nil {
		t.Fatal(err)
	}
	kernel := left.Terms[0].Kernel
	rows := make([][]float64, 4)
	for o := range rows {
		rows[o] = make([]float64, 16)
		kernel.Row(rows[o], o)
	}
	again := make([]float64, 16)
	for o := 3; o >= 0; o-- {
		kernel.Row(again, o)
		if !slices.Equal(again, rows[o]) {
			t.Errorf("row %d was %v and is %v", o, rows[o], again)
		}
	}
	if bound := kernel.MaxAbs(); bound < slices.Max(again) {
		t.Errorf("an element exceeds the bound %g", bound)
	}
}
