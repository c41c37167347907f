package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

// at is the axis of the channels with so many axes before it and after it.
func at(front, back, channels int) algebra.Axis {
	return algebra.Axis{Front: front, Back: back, Channels: channels}
}

func TestJoinOfMaps(t *testing.T) {
	m := mapped{maps: stencil.Affine{Scale: []float64{2, 2, 1}, Shift: []float64{3, 3, 0}}}
	for _, c := range []struct {
		a, b, want int
		ok         bool
	}{{0, 1, 0, true}, {0, 2, 0, false}, {2, still, 2, true}, {0, still, 0, false}, {free, 1, 1, true}, {1, free, 1, true}} {
		if got, ok := m.join(c.a, c.b); ok != c.ok || ok && got != c.want {
			t.Errorf("%d and %d give %d, %v", c.a, c.b, got, ok)
		}
	}
}

func TestOnChannels(t *testing.T) {
	maps := stencil.Affine{Scale: []float64{2, 3}, Shift: []float64{4, 5}}
	for name, c := range map[string]struct {
		l     labels
		axis  algebra.Axis
		scale []float64 // nil where it does not fit
	}{
		"as_they_are":   {grid([]int{1, 2, 1}, 0, 1), at(1, 1, 2), []float64{2, 3}},
		"repeated":      {grid([]int{1, 2, 1}, 0, 1), at(1, 1, 4), []float64{2, 3, 2, 3}},
		"some_of_none":  {grid([]int{1, 4, 1}, 1, free, still, 0), at(1, 1, 4), []float64{3, 1, 1, 2}},
		"other_axis":    {grid([]int{1, 2, 1}, 0, 1), at(2, 0, 2), nil},
		"other_rank":    {grid([]int{1, 2}, 0, 1), at(1, 1, 2), nil},
		"too_many":      {grid([]int{1, 2}, 0, 1), at(1, 0, 3), nil},
		"from_the_last": {labels{sizes: make([]extent, 1), period: []int{2}, at: []int{1, 0}, open: inFront}, at(-1, 0, 2), []float64{3, 2}},
		"wider":         {labels{sizes: make([]extent, 2), period: []int{1, 2}, at: []int{1, 0}, open: inFront}, at(-1, 0, 2), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := mapped{c.l, maps}.onChannels(c.axis)
			if ok != (c.scale != nil) || ok && !slices.Equal(got.Scale, c.scale) {
				t.Errorf("the scales are %v, %v, want %v", got.Scale, ok, c.scale)
			}
		})
	}
}

func TestShare(t *testing.T) {
	m := mapped{grid([]int{1}, 0), stencil.Affine{Scale: []float64{2}, Center: []float64{1}, Shift: []float64{5}}}
	for _, c := range []struct {
		sign     float64
		constant bool
		offset   float64
	}{{1, true, 3}, {-1, true, -3}, {1, false, 0}} {
		if scale, offset := m.share(c.sign, c.constant).of(0); scale != 2 || offset != c.offset {
			t.Errorf("with the sign %g it is %g·x+%g", c.sign, scale, offset)
		}
	}
}

func TestMeetAndPlus(t *testing.T) {
	a := mapped{grid([]int{2}, 0, 1), stencil.Affine{Scale: []float64{2, 3}}}
	b := mapped{grid([]int{2}, 1, 0), stencil.Affine{Scale: []float64{3, 2}, Shift: []float64{0, 0}}}
	c := mapped{grid([]int{2}, 1, 0), stencil.Affine{Scale: []float64{3, 2}, Shift: []float64{1, 4}}}
	if _, ok := a.meet(b); !ok {
		t.Error("the same maps do not meet")
	}
	if _, ok := a.meet(c); ok {
		t.Error("different maps meet")
	}
	sum, ok := a.plus(c)
	if scale, offset := sum.of(sum.at[0]); !ok || scale != 2 || offset != 4 {
		t.Errorf("the sum is %g·x+%g, %v", scale, offset, ok)
	}
	if _, ok := a.plus(mapped{grid([]int{1}, still), a.maps}); ok {
		t.Error("different scales are added")
	}
}
