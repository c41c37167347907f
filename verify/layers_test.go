package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestCommonValues hands out what two models have in common, and finds where they part.
func TestCommonValues(t *testing.T) {
	build := func(name string, factor float32) *graph.Model {
		n := newNet(t)
		y := n.conv(name+"y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)
		z := n.conv(name+"z", n.relu(name+"r", y), factor, 1, 1, 1)
		return n.model(n.node("out", "Sigmoid", []*graph.Value{z}))
	}
	first, second := build("", 1), build("other_", 1.5)
	origin := func(v *graph.Value) *graph.Value {
		return first.Graph.Lookup(v.Name()[min(len("other_"), len(v.Name())):])
	}
	common := FindCommonValues(first, second, origin)
	if len(common.values) != 4 { // y, r, z and the output
		t.Fatalf("%+v", common.values)
	}
	session := func(k int, m *graph.Model) RunFunc {
		shown := common.Shown(k, m)
		if err := shown.Check(); err != nil {
			t.Fatal(err)
		}
		return opened(t, shown).RunFloat64
	}
	pair := Pair{Backend: "float64", Before: session(0, first), After: session(1, second), Outputs: common.Specs(), Tolerance: 1e-6}
	check, err := pair.Compare(t.Context(), inputsOf(t, first, 1))
	if err != nil {
		t.Fatal(err)
	}
	named := common.Named(check)
	if p := named.PartsAt; p == nil || p.Value != "z" || !named.Outputs[0].Equal || named.Outputs[0].Name != "y" || !named.Layers {
		t.Errorf("%+v, parts at %+v", named.Outputs, p)
	}
}

// TestManyCommonValues looks at some of many.
func TestManyCommonValues(t *testing.T) {
	n := newNet(t)
	v := n.input("x", tensor.Float32, 1, 2, 4)
	for range 2*mostCommon + 1 {
		v = n.node(n.g.FreshName("r"), "Relu", []*graph.Value{v})
	}
	m := n.model(v)
	common := FindCommonValues(m, m, func(v *graph.Value) *graph.Value { return v })
	if got := len(common.values); got > mostCommon || got < mostCommon/2 || len(common.nodes) != got || len(common.elems) != got {
		t.Errorf("%d of %d values", got, 2*mostCommon+1)
	}
}
