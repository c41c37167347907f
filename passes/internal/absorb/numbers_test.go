package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestNumbers says which number of a value goes through which map.
func TestNumbers(t *testing.T) {
	two, same := stencil.Affine{Scale: []float64{2, 3}}, stencil.Affine{Scale: []float64{2, 2}}
	for name, c := range map[string]struct {
		dims   []int64 // nil where the number of axes is not known
		n      Numbers
		period []int
		open   side
		unsure bool
		reason string
	}{
		"channels":       {[]int64{1, 2, 5}, Numbers{Affine: two, Shape: []int64{2, 1}}, []int{1, 2, 1}, closed, false, ""},
		"columns":        {[]int64{1, 5, 2}, Numbers{Affine: two, Shape: []int64{2}}, []int{1, 1, 2}, closed, false, ""},
		"equal_ones":     {[]int64{1, 2, 5}, Numbers{Affine: same, Shape: []int64{2, 1}}, []int{1, 1, 1}, closed, false, ""},
		"widened":        {[]int64{1, 1, 5}, Numbers{Affine: two, Shape: []int64{2, 1}}, nil, closed, false, refusal.NotChannel},
		"more_axes":      {[]int64{2}, Numbers{Affine: two, Shape: []int64{2, 1}}, nil, closed, false, refusal.NotChannel},
		"maybe_widened":  {[]int64{1, -1, 5}, Numbers{Affine: two, Shape: []int64{2, 1}}, []int{1, 2, 1}, closed, true, ""},
		"of_any_rank":    {nil, Numbers{Affine: two, Shape: []int64{2, 1}}, []int{2, 1}, inFront, true, ""},
		"one_of_any":     {nil, Numbers{Affine: stencil.Affine{Scale: []float64{2}}}, nil, inFront, false, ""},
		"second":         {[]int64{1, 2, 5}, Numbers{Affine: two, OnSecond: true}, []int{1, 2, 1}, closed, false, ""},
		"second_of_any":  {nil, Numbers{Affine: two, OnSecond: true}, []int{1, 2}, behind, false, ""},
		"second_of_one":  {[]int64{2}, Numbers{Affine: two, OnSecond: true}, nil, closed, false, refusal.Unsupported},
		"second_of_more": {[]int64{1, 3}, Numbers{Affine: two, OnSecond: true}, nil, closed, false, refusal.Misaligned},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", c.dims...)
			if c.dims == nil {
				x.SetType(graph.Type{Elem: x.Elem()})
			}
			v := b.Node("Neg", []*graph.Value{x})
			b.Graph.AddOutput(v)
			m := Map{
				Node: v.Producer(), Known: shapes.Of(b.Graph),
				Read:   func() (Numbers, *refusal.Refusal) { return c.n, nil },
				Misfit: func(string) *refusal.Refusal { return refusal.New(refusal.NotChannel, "it does not fit") },
			}
			got, unsure, why := m.numbers(nil)
			refused(t, why, c.reason)
			if why == nil && (!slices.Equal(got.period, c.period) || got.open != c.open || unsure != c.unsure) {
				t.Errorf("the periods are %v, open %d, unsure %v", got.period, got.open, unsure)
			}
		})
	}
}

// TestNumbersOfTarget gives the labels of what a convolution computes without the sizes of its image. A number of maps that is not that of
// its channels is refused as without it.
func TestNumbersOfTarget(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 6, 6)
	y := b.Conv(x, 2, 3, []int64{1, 1}, nil, 1)
	v := b.Node("Neg", []*graph.Value{y})
	b.Graph.AddOutput(v)
	to, why := readTarget(y.Producer(), v.Producer(), shapes.Of(b.Graph))
	if why != nil {
		t.Fatal(why.Detail)
	}
	for count, reason := range map[int]string{3: "", 2: refusal.Misaligned, 6: refusal.Misaligned} {
		m := Map{
			Node: v.Producer(), Known: shapes.Of(b.Graph),
			Read: func() (Numbers, *refusal.Refusal) {
				return Numbers{Affine: stencil.Affine{Scale: slices.Repeat([]float64{2}, count)}, OnSecond: true}, nil
			},
		}
		plain, _, _ := m.numbers(nil)
		got, unsure, why := m.numbers(to)
		refused(t, why, reason)
		if why == nil && (unsure || got.open != plain.open || !slices.Equal(got.period, plain.period) || !slices.Equal(got.at, plain.at)) {
			t.Errorf("%d maps: the periods are %v, want %v", count, got.period, plain.period)
		}
	}
}

func TestRankRead(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 1, 2), b.Input("y", 1, 2)
	b.Graph.AddOutput(b.Conv(x, 2, 2, []int64{1, 1}, nil, 1))
	b.Graph.AddOutput(b.Node("Relu", []*graph.Value{y}))
	if got := [2]int{rankRead(x), rankRead(y)}; got != [2]int{4, 0} {
		t.Errorf("they are read with %v axes", got)
	}
}
