package algebra_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadPool(t *testing.T) {
	kernel := graph.IntsAttr("kernel_shape", 3)
	pads := graph.IntsAttr("pads", 1, 1)
	for name, c := range map[string]struct {
		op     string
		attrs  []*graph.Attr
		reason string
	}{
		"average":         {"AveragePool", []*graph.Attr{kernel}, ""},
		"zeros_count":     {"AveragePool", []*graph.Attr{kernel, pads, graph.IntAttr("count_include_pad", 1)}, ""},
		"padding_ignored": {"AveragePool", []*graph.Attr{kernel, pads}, refusal.PaddingMode},
		"ceil":            {"AveragePool", []*graph.Attr{kernel, graph.IntsAttr("strides", 2), graph.IntAttr("ceil_mode", 1)}, refusal.PaddingMode},
		"maximum":         {"MaxPool", []*graph.Attr{kernel}, refusal.Unsupported},
		"sample":          {"MaxPool", []*graph.Attr{graph.IntsAttr("kernel_shape", 1), graph.IntsAttr("strides", 2)}, ""},
	} {
		b := graphtest.New(17)
		v := b.Node(c.op, []*graph.Value{b.Input("x", 1, 2, 9)}, c.attrs...)
		b.Graph.AddOutput(v)
		of, why := algebra.ReadPool(v.Producer())
		if why != nil {
			if why.Reason != c.reason {
				t.Errorf("%s: %s", name, why.Detail)
			}
			continue
		}
		if c.reason != "" || of(5).In != 5 {
			t.Errorf("%s is linear", name)
		}
	}
}
