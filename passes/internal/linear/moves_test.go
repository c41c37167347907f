package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestReadMoves reads each operator that moves channels, and those that move something else.
func TestReadMoves(t *testing.T) {
	for name, c := range map[string]struct {
		op     string
		in     func(b graphtest.Builder) []*graph.Value
		attrs  []*graph.Attr
		weight []float64 // of the first result, a number per channel of the input
		reason string
	}{
		"gather": {
			"Gather", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(-1, 0)} },
			[]*graph.Attr{graph.IntAttr("axis", 1)},
			[]float64{0, 0, 1},
			"",
		},
		"gather of pixels": {
			"Gather", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(1)} },
			[]*graph.Attr{graph.IntAttr("axis", 2)},
			nil, refusal.Misaligned,
		},
		"gather of a channel that is not there": {
			"Gather", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(3)} },
			[]*graph.Attr{graph.IntAttr("axis", 1)},
			nil, refusal.Misaligned,
		},
		"gather of computed channels": {"Gather", func(b graphtest.Builder) []*graph.Value {
			return []*graph.Value{b.Node("Shape", []*graph.Value{b.Ints(1)})}
		}, []*graph.Attr{graph.IntAttr("axis", 1)}, nil, refusal.NotConstant},
		"split": {
			"Split", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(3)} },
			[]*graph.Attr{graph.IntAttr("axis", -3)},
			[]float64{1, 0, 0},
			"",
		},
		"split of pixels": {
			"Split", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(6)} },
			[]*graph.Attr{graph.IntAttr("axis", 3)},
			nil, refusal.Misaligned,
		},
		"tile": {
			"Tile", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(1, 2, 1, 1)} },
			nil,
			[]float64{1, 0, 0},
			"",
		},
		"tile of pixels": {
			"Tile", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(1, 1, 1, 2)} },
			nil, nil, refusal.Misaligned,
		},
		"expand of three channels": {
			"Expand", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(1, 3, 1, 1)} },
			nil, nil, refusal.Misaligned,
		},
		"space to depth": {
			"SpaceToDepth", func(graphtest.Builder) []*graph.Value { return nil },
			[]*graph.Attr{graph.IntAttr("blocksize", 2)},
			[]float64{1, 0, 0},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 3, 4, 6)
			v := b.Node(c.op, append([]*graph.Value{x}, c.in(b)...), c.attrs...)
			known := shapes.Of(b.Graph)
			m, ok := linear.ReadMoves(v, known)
			if !ok || m.Input != x || !slices.Equal(m.Nodes, []*graph.Node{v.Producer()}) || !linear.IsMoved(v, known) {
				t.Fatalf("it is read as %v %+v", ok, m)
			}
			found := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth)
			e, ok := found.Over(linear.View{Value: x})
			if !ok || !e.Moved {
				t.Fatal("it is not read over the input")
			}
			im, why := e.Image(known)
			if why != nil {
				t.Fatal(why.Detail)
			}
			form, why := e.Evaluate(im)
			switch {
			case why != nil && why.Reason == c.reason:
				return
			case why != nil || c.reason != "":
				t.Fatalf("%v, want reason %q", why, c.reason)
			}
			got := make([]float64, 3)
			form.Terms[0].Kernel.Row(got, 0)
			if !slices.Equal(got, c.weight) {
				t.Errorf("the first result is %v of the channels", got)
			}
		})
	}
}

// TestMoveReader stops at layers, apart from the first node.
func TestMoveReader(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 4)
	first := b.Conv(x, 2, 2, []int64{1}, []int64{0, 0}, 1)
	v := b.Conv(b.Node("Gather", []*graph.Value{first, b.Ints(1, 0)}, graph.IntAttr("axis", 1)), 2, 2, []int64{1}, []int64{0, 0}, 1)
	b.Graph.AddOutput(v)
	all := linear.NewMoveReader(b.Graph, shapes.Of(b.Graph)).Visit(v.Producer(), linear.MaxDepth).All
	if len(all) != 1 || all[0].Input.Value != first || len(all[0].Layers) != 1 {
		t.Errorf("it is read over %v", all)
	}
}
