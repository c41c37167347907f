package main

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// opened is a cell of a small network.
func openedCell(t *testing.T, s subject, head string) *cell {
	t.Helper()
	tools := toolbox()
	tools.Exact = newMemo(1 << 28).open(tools.Exact)
	c, err := openCell(t.Context(), tools, s, tensor.Float32, head, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestCell tries a mutant of each kind. A wrong pass and a changed number of the file have to be noticed.
func TestCell(t *testing.T) {
	c := openedCell(t, zooSubject(t, "lenet5"), "ArgMax")
	for _, w := range []way{inMemory, foreign} {
		if alarm, unsure, err := c.right(t.Context(), w); alarm != "" || unsure != "" || err != nil {
			t.Errorf("the right model, %s: %q, %q, %v", w, alarm, unsure, err)
		}
	}
	seen := map[mutant.Kind]bool{}
	for k, kind := range mutant.Kinds() {
		o, ok, err := c.try(t.Context(), mutantOf{kind, 1e-3, uint64(k)})
		if err != nil || !ok {
			t.Fatalf("%s: %t, %v", kind, ok, err)
		}
		seen[o.fault.Kind] = true
		if o.sameBytes || o.sameValue {
			continue
		}
		if by := o.in[inMemory].by; by != byAlgebra {
			t.Errorf("%s, in memory: noticed by %q", o.fault, by)
		}
		if by := o.in[inFile].by; by != byBytes && (kind == mutant.Layer || kind == mutant.Channel || kind == mutant.Swap) {
			t.Errorf("%s, in the file: noticed by %q", o.fault, by)
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v were tried", seen)
	}
}

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
		y.Type = graph.Type{Elem: tensor.Float32}
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

// TestJudge names the first statement that fails.
func TestJudge(t *testing.T) {
	off := func(change func(r *verify.Result)) *acdeploy.Verification {
		v := &acdeploy.Verification{}
		v.Proof = verify.Algebra
		v.Checks = []verify.Check{{Backend: byFloat64, Outputs: []verify.Output{{Name: "y", Equal: true}}}}
		change(&v.Result)
		return v
	}
	region := func(rel verify.Number) *verify.AlgebraResult {
		return &verify.AlgebraResult{Regions: 1, Compared: 1, Worst: &verify.RegionResult{MaxRel: rel, Bound: 1e-12}}
	}
	number := verify.BytesResult{Tensors: []verify.TensorBytes{{Name: "w", Relative: 1}}}
	unequal := verify.Check{Backend: "ort", Outputs: []verify.Output{{Name: "y", MaxRel: 1}}}
	for want, v := range map[string]*acdeploy.Verification{
		"":        off(func(r *verify.Result) { r.Equal = true }),
		byAlgebra: off(func(r *verify.Result) { r.Algebra = region(1) }),
		byBytes:   off(func(r *verify.Result) { r.Algebra = region(1); r.Bytes = &number }),
		byOutputs: off(func(r *verify.Result) { r.Checks[0].Outputs[0].Equal = false }),
		byEngine:  off(func(r *verify.Result) { r.Checks = append(r.Checks, unequal) }),
	} {
		if got := judge(v, nil); got.by != want {
			t.Errorf("noticed by %q, want %q", got.by, want)
		}
	}
	if got := judge(nil, errors.New("it does not run")); got.by != byError {
		t.Errorf("noticed by %q", got.by)
	}
}

// TestEpsilon changes weights by what no rounding of the type explains.
func TestEpsilon(t *testing.T) {
	for elem, want := range map[tensor.Type]float64{tensor.Float32: 1e-3, tensor.Float16: 1.0 / 128, tensor.BFloat16: 1.0 / 16} {
		if got := epsilonOf(elem); got != want {
			t.Errorf("%s: %g, want %g", elem, got, want)
		}
	}
}
