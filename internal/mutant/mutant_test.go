package mutant_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// generator is the same numbers in every run.
func generator() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// parts are the numbers of a convolution of two to two channels with a kernel of three.
type parts struct {
	weights, bias []float32
	pads          []int64
}

func ordinary() parts {
	w := make([]float32, 12)
	for i := range w {
		w[i] = float32(i + 1)
	}
	return parts{w, []float32{5, 6}, []int64{1, 1}}
}

// built is Relu(Relu(Conv)).
func built(t *testing.T, p parts) (g *graph.Graph, conv, relu *graph.Node) {
	t.Helper()
	g = graph.NewModel(8, graph.Opset{Version: 17}).Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	add := func(op string, in ...*graph.Value) *graph.Node {
		n := graph.NewNode(op, in...)
		n.TakeOutput(g.NewValue(op))
		n.Name = n.Output(0).Name()
		g.Append(n)
		return n
	}
	conv = add("Conv", x, g.NewInitializer("w", tensor.Of([]int64{2, 2, 3}, p.weights...)), g.NewInitializer("b", tensor.Of([]int64{2}, p.bias...)))
	conv.SetAttr(graph.IntsAttr("pads", p.pads...))
	relu = add("Relu", conv.Output(0))
	last := add("Relu", relu.Output(0))
	g.AddOutput(last.Output(0))
	return g, conv, relu
}

// changes are the places at which two lists differ.
func changes(was []float32, is []float64) []int {
	var at []int
	for i, v := range is {
		if v != float64(was[i]) {
			at = append(at, i)
		}
	}
	return at
}

// TestKinds: each fault changes what it says, and nothing else.
func TestKinds(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	halves := [][]int{all[:6], all[6:]}
	for _, kind := range mutant.Kinds() {
		was := ordinary()
		g, conv, relu := built(t, was)
		fault, ok := mutant.Draw(g, kind, 1e-3, generator())
		if !ok {
			t.Errorf("%s: there is none", kind)
			continue
		}
		if got := changes(was.weights, conv.Input(1).Constant().Float64s()); got != nil {
			t.Errorf("%s: it is there before it is applied, at %v", kind, got)
		}
		fault.Apply()
		if err := g.Model().Check(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		weights := conv.Input(1).Constant().Float64s()
		moved := changes(was.weights, weights)
		bias := changes(was.bias, conv.Input(2).Constant().Float64s())
		left := relu.Graph() == nil
		pads := !slices.Equal(conv.Ints("pads"), was.pads)
		var sound bool
		switch kind {
		case mutant.Layer:
			sound = slices.Equal(moved, all) && math.Abs(math.Abs(weights[0]-1)-1e-3) < 1e-9 && math.Abs(weights[11]/12-weights[0]) < 1e-9
		case mutant.Channel:
			sound = slices.ContainsFunc(halves, func(h []int) bool { return slices.Equal(moved, h) })
		case mutant.Swap:
			sound = slices.Equal(weights, []float64{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6})
		case mutant.Tap:
			sound = slices.Equal(weights, []float64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1})
		case mutant.Bias:
			sound = slices.Equal(conv.Input(2).Constant().Float64s(), []float64{0, 0})
		case mutant.Pad:
			sound = slices.Equal(conv.Ints("pads"), []int64{2, 0})
		case mutant.Relu:
			sound = left && g.Outputs()[0].Producer().Input(0) == conv.Output(0)
		}
		ofWeights := slices.Contains([]mutant.Kind{mutant.Layer, mutant.Channel, mutant.Swap, mutant.Tap}, kind)
		if !sound || (moved != nil) != ofWeights || (bias != nil) != (kind == mutant.Bias) || left != (kind == mutant.Relu) || pads != (kind == mutant.Pad) {
			t.Errorf("%s: weights %v, bias %v, pads %v, Relu left out %v", kind, weights, conv.Input(2).Constant().Float64s(), conv.Ints("pads"), left)
		}
		want := string(kind) + " of " + conv.Label()
		if kind == mutant.Relu {
			want = "relu of " + fault.Node
		}
		if fault.String() != want || fault.Kind != kind {
			t.Errorf("it is called %q, want %q", fault, want)
		}
	}
}

// TestNothingToChange draws no fault that would leave every number as it is.
func TestNothingToChange(t *testing.T) {
	one := slices.Repeat([]float32{1}, 12)
	zero := make([]float32, 12)
	for name, c := range map[string]struct {
		parts parts
		none  []mutant.Kind
	}{
		"equal weights": {parts{one, []float32{1, 2}, []int64{1, 1}}, []mutant.Kind{mutant.Tap, mutant.Swap}},
		"zeros":         {parts{zero, []float32{0, 0}, []int64{1, 1}}, []mutant.Kind{mutant.Layer, mutant.Channel, mutant.Bias, mutant.Tap, mutant.Swap}},
		"no pads":       {parts{one, []float32{1, 2}, []int64{0, 0}}, []mutant.Kind{mutant.Pad, mutant.Tap, mutant.Swap}},
	} {
		for _, kind := range mutant.Kinds() {
			g, _, _ := built(t, c.parts)
			if fault, ok := mutant.Draw(g, kind, 1e-3, generator()); ok == slices.Contains(c.none, kind) {
				t.Errorf("%s: %s is %v, %v", name, kind, fault, ok)
			}
		}
	}
}

// TestNoPlace draws nothing from a graph without such a node.
func TestNoPlace(t *testing.T) {
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Relu", x) // its result is an output, so that it cannot be left out
	n.TakeOutput(g.NewValue("y"))
	g.Append(n)
	g.AddOutput(n.Output(0))
	for _, kind := range mutant.Kinds() {
		if fault, ok := mutant.Draw(g, kind, 1e-3, generator()); ok {
			t.Errorf("%s: %v", kind, fault)
		}
	}
}

// TestSharedWeights changes one of two nodes that read a weight: a wrong pass gives one node a constant of its own.
func TestSharedWeights(t *testing.T) {
	g, conv, relu := built(t, ordinary())
	second := graph.NewNode("Conv", relu.Output(0), conv.Input(1))
	second.TakeOutput(g.NewValue("second"))
	g.Append(second)
	g.AddOutput(second.Output(0))
	fault, ok := mutant.Draw(g, mutant.Layer, 1e-3, generator())
	if !ok {
		t.Fatal("there is none")
	}
	fault.Apply()
	if conv.Input(1) == second.Input(1) || conv.Input(1).Constant().Float64s()[0] != 1 && second.Input(1).Constant().Float64s()[0] != 1 {
		t.Error("both are changed")
	}
}

// TestDrawIsRepeatable draws the same fault from the same numbers.
func TestDrawIsRepeatable(t *testing.T) {
	for _, kind := range mutant.Kinds() {
		var faults []string
		for range 2 {
			g, conv, _ := built(t, ordinary())
			fault, _ := mutant.Draw(g, kind, 1e-3, generator())
			fault.Apply()
			faults = append(faults, fmt.Sprint(fault, conv.Ints("pads"), conv.Input(1).Constant().Float64s()))
		}
		if faults[0] != faults[1] {
			t.Errorf("%s: %q and %q", kind, faults[0], faults[1])
		}
	}
}

// TestDrawWithin finds places in the bodies of an If, too.
func TestDrawWithin(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 4, 4)
	body := b.Graph.NewSubgraph("then")
	conv := graph.NewNode("Conv", x, b.Floats([]int64{1, 1, 1, 1}, 2))
	conv.TakeOutput(body.NewValue("inner"))
	body.Append(conv)
	body.AddOutput(conv.Output(0))
	n := b.Node("If", []*graph.Value{b.Input("cond")}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: body}).Producer()
	b.Graph.AddOutput(n.Output(0))
	fault, ok := mutant.Draw(b.Graph, mutant.Layer, 1e-3, generator())
	if !ok || fault.Node != conv.Label() {
		t.Errorf("%v, %t", fault, ok)
	}
}
