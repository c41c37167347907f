package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadConv(t *testing.T) {
	for name, c := range map[string]struct {
		attrs  []*graph.Attr
		begin  []int
		reason string
	}{
		"pads":        {[]*graph.Attr{graph.IntsAttr("pads", 1, 0, 2, 0)}, []int{1, 0}, ""},
		"same_lower":  {[]*graph.Attr{graph.StringAttr("auto_pad", "SAME_LOWER")}, []int{1, 1}, ""},
		"same_stride": {[]*graph.Attr{graph.StringAttr("auto_pad", "SAME_UPPER"), graph.IntsAttr("strides", 2, 1)}, nil, refusal.PaddingMode},
		"negative":    {[]*graph.Attr{graph.IntsAttr("pads", -1, 0, 0, 0)}, nil, refusal.PaddingMode},
	} {
		b := graphtest.New(17)
		n := b.Node("Conv", []*graph.Value{b.Input("x", 1, 4, 6, 6), b.Floats([]int64{6, 2, 2, 3}, 1)}, append(c.attrs, graph.IntAttr("group", 2))...).Producer()
		got, why := algebra.ReadConv(n)
		if why != nil {
			if why.Reason != c.reason {
				t.Errorf("%s: %s", name, why.Detail)
			}
			continue
		}
		if c.reason != "" || got.In != 4 || got.Out != 6 || !slices.Equal(got.Begin, c.begin) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
