package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestUses: a Shape that reads a value too does not mind what it holds, any other node does.
func TestUses(t *testing.T) {
	for name, c := range map[string]struct {
		readers  []string
		output   bool
		main     bool   // whether there is a main use
		sole     string // why it is not the sole use
		usedHere string
	}{
		"one":          {[]string{"Relu"}, false, true, "", ""},
		"with_shape":   {[]string{"Shape", "Relu", "Shape"}, false, true, refusal.SharedOutput, ""},
		"two":          {[]string{"Relu", "Relu"}, false, false, refusal.SharedOutput, refusal.SharedOutput},
		"output":       {[]string{"Relu"}, true, false, refusal.SharedOutput, refusal.SharedOutput},
		"only_a_shape": {[]string{"Shape"}, false, false, "", ""},
		"none":         {nil, false, false, refusal.SharedOutput, refusal.SharedOutput},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := b.Node("Relu", []*graph.Value{b.Input("x", 1, 2, 5)})
			for _, op := range c.readers {
				b.Graph.AddOutput(b.Node(op, []*graph.Value{v}))
			}
			if c.output {
				b.Graph.AddOutput(v)
			}
			use := mainUse(v)
			if (use != nil) != c.main || use != nil && !use.Node.Is("Relu") {
				t.Errorf("the main use is %v", use)
			}
			refused(t, soleUse(v), c.sole)
			refused(t, usedHere(v, v.Producer()), c.usedHere)
		})
	}
}

// TestUsedInASubgraph: a value that a branch of an If reads stays apart from what the branch computes.
func TestUsedInASubgraph(t *testing.T) {
	b := graphtest.New(17)
	v := b.Node("Relu", []*graph.Value{b.Input("x", 1, 2, 5)})
	inside := graphtest.Builder{Graph: b.Graph.NewSubgraph("then")}
	captured := inside.Node("Neg", []*graph.Value{v})
	inside.Graph.AddOutput(captured)
	b.Graph.AddOutput(b.Node("If", []*graph.Value{b.Input("condition")}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: inside.Graph}))
	if use := mainUse(v); use == nil || use.Node != captured.Producer() {
		t.Fatalf("the main use is %v", use)
	}
	refused(t, usedHere(v, captured.Producer()), refusal.SharedOutput)
	refused(t, usedHere(v, v.Producer()), "")
}

func TestQuantizes(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2)
	for op, want := range map[string]bool{"QuantizeLinear": true, "QLinearConv": true, "MatMulInteger": true, "Conv": false, "Cast": false} {
		if got := quantizes(b.Node(op, []*graph.Value{x}).Producer()); got != want {
			t.Errorf("%s: %v", op, got)
		}
	}
}
