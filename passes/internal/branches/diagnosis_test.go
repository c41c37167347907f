package branches_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestDiagnosis(t *testing.T) {
	for name, c := range map[string]struct {
		between func(b graphtest.Builder, v *graph.Value) *graph.Value
		reason  string
	}{
		"activation": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Relu", []*graph.Value{v})
		}, refusal.NotAffine},
		"cast": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Cast", []*graph.Value{v}, graph.IntAttr("to", int64(tensor.Float32)))
		}, refusal.ElementType},
		"quantized": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("DequantizeLinear", []*graph.Value{v, b.Floats(nil, 1)})
		}, refusal.Quantized},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 1, 6, 6)
			conv := func() *graph.Value { return b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1) }
			v := b.Node("Add", []*graph.Value{conv(), c.between(b, conv())})
			b.Graph.AddOutput(v)
			got := read(t, b, v).Unread()
			if len(got) != 1 || got[0].Reason != c.reason {
				t.Errorf("got %v, want %s", got, c.reason)
			}
		})
	}
}
