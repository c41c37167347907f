package passes_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestLiftConstants reads a Constant in every form that it has, keeps its name, and leaves those that are
// outputs.
func TestLiftConstants(t *testing.T) {
	for name, c := range map[string]struct {
		attr  *graph.Attr
		shape []int64
		want  []float64 // nil where the node stays
	}{
		"value":        {graph.TensorAttr("value", tensor.Of([]int64{2, 1}, float32(1), 2)), []int64{2, 1}, []float64{1, 2}},
		"value_float":  {graph.FloatAttr("value_float", 1.5), nil, []float64{1.5}},
		"value_floats": {&graph.Attr{Name: "value_floats", Kind: graph.AttrFloats, Floats: []float32{1, 3}}, []int64{2}, []float64{1, 3}},
		"value_int":    {graph.IntAttr("value_int", 7), nil, []float64{7}},
		"value_ints":   {graph.IntsAttr("value_ints", 4, 5), []int64{2}, []float64{4, 5}},
		"value_string": {graph.StringAttr("value_string", "text"), nil, nil},
		"by a caller":  {&graph.Attr{Name: "value", Kind: graph.AttrTensor, Ref: "given"}, nil, nil},
		"another kind": {graph.IntAttr("value_float", 7), nil, nil},
	} {
		b := newBuilder(2)
		constant := b.node("Constant", nil, c.attr)
		kept := constant.Name()
		m := b.output(b.node("Neg", []*graph.Value{constant}))
		steps := []pipeline.Step{{Name: "lift_constants", Pass: &passes.LiftConstants{}}}
		if _, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{}); err != nil {
			t.Fatal(err)
		}
		got := m.Graph.Outputs()[0].Producer().Input(0)
		data := got.Constant()
		switch {
		case c.want == nil && data != nil:
			t.Errorf("%s: lifted", name)
		case c.want != nil && (data == nil || got.Name() != kept || !slices.Equal(data.Float64s(), c.want) || !slices.Equal(data.Shape(), c.shape)):
			t.Errorf("%s: %v under the name %q", name, data, got.Name())
		}
	}
	// Which of two attributes is the value, engines do not agree on.
	b := newBuilder(2)
	two := b.output(b.node("Neg", []*graph.Value{b.node("Constant", nil, graph.IntAttr("to", 7), graph.FloatAttr("value_float", 1))}))
	steps := []pipeline.Step{{Name: "lift_constants", Pass: &passes.LiftConstants{}}}
	if r, err := pipeline.Run(t.Context(), two.Graph, steps, pipeline.Options{}); err != nil || r.Rewrites() != 0 {
		t.Errorf("one of two attributes was lifted, %v", err)
	}
	after, result := passtest.Run(t, func() *graph.Model {
		b := newBuilder(2)
		return b.output(b.node("Constant", nil, graph.FloatAttr("value_float", 1)))
	}, []pipeline.Step{{Name: "lift_constants", Pass: &passes.LiftConstants{}}})
	if result.Rewrites() != 0 || after.Graph.Len() != 1 {
		t.Error("an output of the graph was lifted")
	}
}

func TestLiftConstantsPatterns(t *testing.T) {
	patterns("lift_constants", &passes.LiftConstants{},
		onImage("a factor", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(x, b.node("Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{4, 1, 1}, float32(1), 2, 3, 4))))
		}),
	).Run(t)
}
