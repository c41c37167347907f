package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// TestPointwise: functions that a scale passes, and others.
func TestPointwise(t *testing.T) {
	alpha := func(v float32) []*graph.Attr { return []*graph.Attr{graph.FloatAttr("alpha", v)} }
	for name, c := range map[string]struct {
		op                   string
		attrs                []*graph.Attr
		crossed, homogeneous bool
	}{
		"relu":        {"Relu", nil, true, true},
		"leaky":       {"LeakyRelu", alpha(-2), true, true},
		"threshold_0": {"ThresholdedRelu", alpha(0), true, true},
		"threshold_1": {"ThresholdedRelu", alpha(1), false, false},
		"abs":         {"Abs", nil, true, true},
		"clip":        {"Clip", nil, true, false},
		"sigmoid":     {"Sigmoid", nil, false, false},
		"elu":         {"Elu", nil, false, false},
		"softmax":     {"Softmax", nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := b.Node(c.op, []*graph.Value{b.Input("x", 1, 2, 5)}, c.attrs...)
			b.Graph.AddOutput(v)
			way := readCrossing(v.Producer(), shapes.Of(b.Graph))
			if (way != nil) != c.crossed || way != nil && way.homogeneous != c.homogeneous {
				t.Errorf("it is read as %+v", way)
			}
		})
	}
}

// TestArithmetic: the operands of sums and products, where they broadcast and in opsets where they do not by themselves.
func TestArithmetic(t *testing.T) {
	for name, c := range map[string]struct {
		opset    int64
		op       string
		other    []int64
		operands int // 0 where it is lost
	}{
		"sum":              {17, "Add", []int64{1, 2, 5}, 2},
		"broadcast":        {17, "Sub", []int64{2, 1}, 2},
		"product":          {17, "Mul", []int64{1, 2, 5}, 2},
		"quotient":         {17, "Div", []int64{1, 2, 5}, 1},
		"of_many":          {17, "Sum", []int64{1, 2, 5}, 2},
		"old":              {6, "Add", []int64{1, 2, 5}, 2},
		"old_broadcast":    {6, "Add", []int64{5}, 0},
		"of_unknown_sizes": {17, "Add", []int64{-1, -1, -1}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(c.opset)
			v := b.Node(c.op, []*graph.Value{b.Input("x", 1, 2, 5), b.Input("y", c.other...)})
			b.Graph.AddOutput(v)
			way := readCrossing(v.Producer(), shapes.Of(b.Graph))
			if way == nil || way.lost != (c.operands == 0) || !way.lost && len(way.operands()) != c.operands {
				t.Errorf("it is read as %+v", way)
			}
		})
	}
}
