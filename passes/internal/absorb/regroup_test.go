package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// TestRegroup follows channels through other axes, where sizes are symbols too.
func TestRegroup(t *testing.T) {
	b := graphtest.New(17)
	dims, _ := shapes.Of(b.Graph).Shape(b.Input("x", -1, -1, -1))
	n, h, w := extent{dims[0], true}, extent{dims[1], true}, extent{dims[2], true}
	unknown := extent{}
	channels := func(count int, period ...int) labels {
		l := grid(period)
		l.at = run(0, count)
		return l
	}
	for name, c := range map[string]struct {
		m    regroup
		l    labels
		want []int // the periods, nil where the labels are not followed
	}{
		"joins_the_image":      {regroup{in: []extent{n, fixed(4), h, w}, out: []extent{n, fixed(4), unknown}}, channels(4, 1, 4, 1, 1), []int{1, 4, 1}},
		"joins_batch":          {regroup{in: []extent{n, fixed(4), h}, out: []extent{unknown, h}}, channels(4, 1, 4, 1), []int{4, 1}},
		"splits_batch":         {regroup{in: []extent{n, h}, out: []extent{unknown, fixed(2), h}}, channels(4, 4, 1), []int{2, 2, 1}},
		"splits_channels":      {regroup{in: []extent{n, fixed(4), h}, out: []extent{n, fixed(2), fixed(2), h}}, channels(4, 1, 4, 1), []int{1, 2, 2, 1}},
		"adds_ones":            {regroup{in: []extent{n, fixed(4)}, out: []extent{n, fixed(1), fixed(4), fixed(1)}}, channels(4, 1, 4), []int{1, 1, 4, 1}},
		"joins_with_the_image": {regroup{in: []extent{n, fixed(4), h, w}, out: []extent{n, unknown}}, channels(4, 1, 4, 1, 1), nil},
		"flattens":             {regroup{in: []extent{n, fixed(4), h, w}, out: []extent{n, fixed(12)}}, channels(4, 1, 4, 1, 1), []int{1, 12}},
		"keeps_the_first":      {regroup{in: []extent{unknown, fixed(4), unknown}, out: []extent{unknown, fixed(12)}, cuts: []cut{{1, 1}}}, channels(4, 1, 4, 1), []int{1, 12}},
		"mixes":                {regroup{in: []extent{n, fixed(6)}, out: []extent{unknown, fixed(4)}}, channels(6, 1, 6), []int{3, 4}},
		"of_any_rank":          {regroup{in: nil, out: []extent{unknown, fixed(4)}}, channels(4, 4), []int{1, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.m.in == nil {
				c.l.open = inFront
			}
			got, ok := c.m.forward(c.l, strict)
			if ok != (c.want != nil) || ok && !slices.Equal(got.period, c.want) {
				t.Errorf("the periods are %v, %v, want %v", got.period, ok, c.want)
			}
		})
	}
	back := regroup{out: []extent{unknown, fixed(6)}, last: fixed(6)}
	if l, ok := back.backward(channels(6, 1, 6), strict); !ok || l.open != inFront || !slices.Equal(l.at, run(0, 6)) {
		t.Errorf("the last axis of a value of any rank has %v, %v", l, ok)
	}
}
