package algebra_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadConvTranspose(t *testing.T) {
	for name, c := range map[string]struct {
		attrs  []*graph.Attr
		growth int // on the first axis
		reason string
	}{
		"pads":                  {[]*graph.Attr{graph.IntsAttr("pads", 1, 0, 1, 0)}, 1, ""},
		"output_padding":        {[]*graph.Attr{graph.IntsAttr("output_padding", 1, 0), graph.IntsAttr("strides", 2, 2)}, -2, ""},
		"valid":                 {[]*graph.Attr{graph.StringAttr("auto_pad", "VALID")}, -1, ""},
		"same":                  {[]*graph.Attr{graph.StringAttr("auto_pad", "SAME_UPPER")}, 0, refusal.PaddingMode},
		"output_shape":          {[]*graph.Attr{graph.IntsAttr("output_shape", 7, 7)}, 0, refusal.PaddingMode},
		"negative":              {[]*graph.Attr{graph.IntsAttr("pads", -1, 0, 0, 0)}, 0, refusal.PaddingMode},
		"output_padding_beyond": {[]*graph.Attr{graph.IntsAttr("output_padding", 1, 0)}, 0, refusal.PaddingMode},
	} {
		b := graphtest.New(17)
		n := b.Node("ConvTranspose", []*graph.Value{b.Input("x", 1, 4, 6, 6), b.Floats([]int64{4, 3, 2, 3}, 1)}, append(c.attrs, graph.IntAttr("group", 2))...).Producer()
		got, why := algebra.ReadConvTranspose(n)
		if why != nil {
			if why.Reason != c.reason {
				t.Errorf("%s: %s", name, why.Detail)
			}
			continue
		}
		if c.reason != "" || got.In != 4 || got.Out != 6 || !got.Transposed || got.Growth[0] != c.growth {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
