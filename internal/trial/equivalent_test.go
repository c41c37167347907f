package main

import (
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// twoRelus is a convolution with a batch norm, then a Relu twice: the first of them can go.
func twoRelus() subject {
	return subject{group: groupZoo, name: "relus", build: func() (*graph.Model, func() error, error) {
		m := graph.NewModel(8, graph.Opset{Version: 17})
		g := m.Graph
		x, err := g.AddInput("input", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(2), tensor.Fixed(4)}})
		add := func(op string, in ...*graph.Value) *graph.Value {
			n := graph.NewNode(op, in...)
			n.Name = g.FreshNodeName(op)
			n.TakeOutput(g.NewValue(n.Name))
			g.Append(n)
			return n.Output(0)
		}
		number := func(v ...float32) *graph.Value { return g.NewInitializer("c", tensor.Of([]int64{2}, v...)) }
		y := add("Conv", x, g.NewInitializer("w", tensor.Of([]int64{2, 2, 1}, float32(1), 2, 3, -4)))
		y = add("BatchNormalization", y, number(1, 2), number(3, 4), number(5, 6), number(7, 8))
		y = add("Relu", y)
		y = add("Relu", y)
		g.AddOutput(y)
		y.SetType(graph.Type{Elem: tensor.Float32})
		return m, func() error { return nil }, err
	}}
}

// TestEquivalentMutant leaves out a Relu that changes nothing, and counts it as equivalent.
func TestEquivalentMutant(t *testing.T) {
	c := openedCell(t, twoRelus(), mutant.NoHead)
	o, ok, err := c.try(t.Context(), mutantOf{mutant.Relu, 1e-3, 1})
	if err != nil || !ok || o.fault.Kind != mutant.Relu {
		t.Fatalf("%+v, %t, %v", o, ok, err)
	}
	if !o.sameValue || o.sameBytes {
		t.Errorf("%+v", o)
	}
	o, _, err = c.try(t.Context(), mutantOf{mutant.Layer, 1e-3, 1})
	if err != nil || o.sameValue || o.sameBytes {
		t.Errorf("a layer that is off: %+v, %v", o, err)
	}
}

// TestTold tells apart what is not noticed in channels next to which nothing else would be, and of whose layer a warning says so.
func TestTold(t *testing.T) {
	c := openedCell(t, subject{name: "dead channels", build: func() (*graph.Model, func() error, error) {
		b := graphtest.New(17)
		b.Graph.AddOutput(deadChannels(b, b.Input("x", 1, 1, 8, 8)))
		return b.Graph.Model(), func() error { return nil }, nil
	}}, "none")
	told := 0
	for seed := range uint64(20) {
		o, ok, err := c.try(t.Context(), mutantOf{mutant.Swap, 1e-3, seed})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if v := o.in[inMemory]; v.by == "" && !o.sameValue {
			if told++; !v.told {
				t.Errorf("%s is missed: %s", o.fault, v.detail)
			}
		}
		if by := o.in[inFile].by; by != byBytes {
			t.Errorf("%s, in the file: noticed by %q", o.fault, by)
		}
		var r mutantRow
		r.Noticed = map[string]int{}
		if r.add(o); len(r.Missed) > 0 {
			t.Errorf("missed: %v", r.Missed)
		}
	}
	if told == 0 {
		t.Error("no two weak channels changed places")
	}
}

// deadChannels is a convolution of whose four channels one has weights that matter.
func deadChannels(b graphtest.Builder, x *graph.Value) *graph.Value {
	rng := rand.New(rand.NewPCG(1, 2))
	weights := make([]float32, 4*9)
	for i := range weights {
		weights[i] = float32(rng.NormFloat64() * []float64{1, 1e-15, 1e-18, 1e-30}[i/9])
	}
	w, err := b.Graph.AddInitializer("w", tensor.Of([]int64{4, 1, 3, 3}, weights...))
	if err != nil {
		panic(err)
	}
	conv := b.Node("Conv", []*graph.Value{x, w})
	one := func(v float32) *graph.Value { return b.Floats([]int64{4}, v) }
	return b.Node("Relu", []*graph.Value{b.Node("BatchNormalization", []*graph.Value{conv, one(1), one(0), one(0), one(1)})})
}

// TestSlight says what changes next to nothing: numbers, and not what is done with them.
func TestSlight(t *testing.T) {
	b := graphtest.New(17)
	b.Graph.AddOutput(deadChannels(b, b.Input("x", 1, 1, 8, 8)))
	for by, want := range map[float64]bool{1e-13: true, 1e-9: false} {
		changed := b.Graph.Model().Clone().Graph
		w := changed.Lookup("w")
		numbers := w.Data().Float64s()
		numbers[0] += by
		w.SetData(tensor.Compute(tensor.Float64, w.Data().Shape(), tensor.Vector(numbers)))
		sound := b.Graph.Model().Clone().Graph
		sound.Lookup("w").SetData(tensor.Compute(tensor.Float64, w.Data().Shape(), tensor.Vector(b.Graph.Lookup("w").Data().Float64s())))
		if got := slight(sound, changed); got != want {
			t.Errorf("a weight more by %g is slight: %t", by, got)
		}
	}
	changed := b.Graph.Model().Clone().Graph
	for n := range changed.Nodes() {
		if n.Is("Relu") {
			n.SetAttr(graph.IntAttr("other", 1))
		}
	}
	if slight(b.Graph, changed) {
		t.Error("another attribute is slight")
	}
}
