package reference

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// summed is a = x + w, b = −a, with an operator of a that nobody knows at the end where unknown is set.
func summed(t *testing.T, unknown bool) (m *graph.Model, x, a, b *graph.Value) {
	t.Helper()
	m = graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	a = appended(t, m.Graph, "Add", nil, x, m.Graph.NewInitializer("w", tensor.Of([]int64{2}, float32(1), 2)))
	b = appended(t, m.Graph, "Neg", nil, a)
	m.Graph.AddOutput(b)
	if unknown {
		m.Graph.AddOutput(appended(t, m.Graph, "Unheard", nil, a))
	}
	return m, x, a, b
}

// evaluated starts an evaluation with a value of x.
func evaluated(t *testing.T, m *graph.Model, x *graph.Value) *Evaluation {
	t.Helper()
	s, err := OpenPartly(m)
	if err != nil {
		t.Fatal(err)
	}
	e := s.Evaluate()
	if err := e.Set(x, tensor.Of([]int64{2}, 1.0/3, 0), tensor.Float32); err != nil {
		t.Fatal(err)
	}
	return e
}

// is compares what a value holds.
func is(t *testing.T, e *Evaluation, v *graph.Value, want ...float64) {
	t.Helper()
	got, elem, err := e.Value(v)
	if err != nil || elem != tensor.Float32 || got.Type() != tensor.Float64 || !slices.Equal(got.Float64s(), want) {
		t.Errorf("%s is %v, %s, %v; want %v", v.Name(), got, elem, err, want)
	}
}

// TestEvaluation computes nodes one by one. Numbers are double, and known by the type that the graph says.
func TestEvaluation(t *testing.T) {
	m, x, a, b := summed(t, false)
	e := evaluated(t, m, x)
	is(t, e, x, 1.0/3, 0)
	is(t, e, a.Producer().Input(1), 1, 2)
	if _, _, err := e.Value(a); err == nil || !strings.Contains(err.Error(), `value "add": `) {
		t.Errorf("before it is computed: %v", err)
	}
	if err := e.Compute(t.Context(), b.Producer()); err == nil {
		t.Error("a node runs without what it reads")
	}
	for _, v := range []*graph.Value{a, b} {
		if err := e.Compute(t.Context(), v.Producer()); err != nil {
			t.Fatal(err)
		}
	}
	is(t, e, a, 1+1.0/3, 2)
	is(t, e, b, -1-1.0/3, -2)
}

// TestEvaluationSet puts other numbers in place of a result and of an initializer, for this evaluation alone.
func TestEvaluationSet(t *testing.T) {
	m, x, a, b := summed(t, false)
	s, err := OpenPartly(m)
	if err != nil {
		t.Fatal(err)
	}
	e, other := s.Evaluate(), s.Evaluate()
	w := a.Producer().Input(1)
	for v, number := range map[*graph.Value]float64{x: 10, w: 1e-3} {
		if err := errors.Join(e.Set(v, tensor.Of([]int64{1}, number), tensor.Float32), other.Set(x, tensor.Of([]int64{1}, 1.0), tensor.Float32)); err != nil {
			t.Fatal(err)
		}
	}
	for _, run := range []*Evaluation{e, other} {
		if err := run.Compute(t.Context(), a.Producer()); err != nil {
			t.Fatal(err)
		}
	}
	is(t, e, a, 10+1e-3)
	is(t, other, a, 2, 3)
	if err := e.Set(a, tensor.Of([]int64{1}, 7.0), tensor.Float32); err != nil {
		t.Fatal(err)
	}
	if err := e.Compute(t.Context(), b.Producer()); err != nil {
		t.Fatal(err)
	}
	is(t, e, b, -7)
}

// TestEvaluationOfIntegers keeps their type.
func TestEvaluationOfIntegers(t *testing.T) {
	m, x, _, _ := summed(t, false)
	e := evaluated(t, m, x)
	if err := e.Set(x, tensor.Of([]int64{1}, int64(1<<60+1)), tensor.Int64); err != nil {
		t.Fatal(err)
	}
	got, elem, err := e.Value(x)
	if err != nil || elem != tensor.Int64 || got.Type() != tensor.Int64 {
		t.Fatalf("%v, %s, %v", got, elem, err)
	}
	var d tensor.Difference
	if err := d.AddTensors(tensor.Of([]int64{1}, int64(1<<60+1)), got); err != nil || d.Unlike != 0 {
		t.Errorf("%v, %+v", err, d)
	}
}

// TestEvaluationForget drops a result; an initializer is what the graph says again.
func TestEvaluationForget(t *testing.T) {
	m, x, a, _ := summed(t, false)
	e := evaluated(t, m, x)
	w := a.Producer().Input(1)
	if err := errors.Join(e.Set(w, tensor.Of([]int64{1}, 5.0), tensor.Float32), e.Compute(t.Context(), a.Producer())); err != nil {
		t.Fatal(err)
	}
	e.Forget(a)
	e.Forget(w)
	if _, _, err := e.Value(a); err == nil {
		t.Error("it is there")
	}
	is(t, e, w, 1, 2)
}

// TestEvaluationWatch tells of every value that is computed, and of those in sub-graphs.
func TestEvaluationWatch(t *testing.T) {
	m, x, a, _ := summed(t, false)
	choice, err := m.Graph.AddInput("choice", graph.Type{Elem: tensor.Bool})
	if err != nil {
		t.Fatal(err)
	}
	then, otherwise := m.Graph.NewSubgraph("then"), m.Graph.NewSubgraph("else")
	then.AddOutput(appended(t, then, "Relu", nil, a))
	otherwise.AddOutput(appended(t, otherwise, "Abs", nil, a))
	y := appended(t, m.Graph, "If", []*graph.Attr{
		{Name: "then_branch", Kind: graph.AttrGraph, Graph: then}, {Name: "else_branch", Kind: graph.AttrGraph, Graph: otherwise},
	}, choice)
	e := evaluated(t, m, x)
	seen := map[string]bool{}
	e.Watch(func(v *graph.Value, shape []int, elem tensor.Type) {
		if !slices.Equal(shape, []int{2}) || elem != tensor.Float32 {
			t.Errorf("%s is %s%v", v.Name(), elem, shape)
		}
		seen[v.Name()] = true
	})
	if err := errors.Join(e.Set(choice, tensor.Of(nil, true), tensor.Bool), e.Compute(t.Context(), a.Producer()), e.Compute(t.Context(), y.Producer())); err != nil {
		t.Fatal(err)
	}
	if want := map[string]bool{"add": true, "relu": true, "if": true}; !maps.Equal(seen, want) {
		t.Errorf("seen are %v", seen)
	}
}

// TestUnknownOperatorWhenReached: a graph with one opens in part, and what does not need it is computed.
func TestUnknownOperatorWhenReached(t *testing.T) {
	m, x, a, b := summed(t, true)
	if _, err := OpenGraph(m); err == nil || !strings.Contains(err.Error(), "Unheard") {
		t.Errorf("it opens as a whole: %v", err)
	}
	e := evaluated(t, m, x)
	for _, v := range []*graph.Value{a, b} {
		if err := e.Compute(t.Context(), v.Producer()); err != nil {
			t.Fatal(err)
		}
	}
	is(t, e, b, -1-1.0/3, -2)
	unknown := m.Graph.Outputs()[1].Producer()
	if err := e.Compute(t.Context(), unknown); err == nil || !strings.Contains(err.Error(), "(Unheard): the operator is not known") {
		t.Errorf("it is computed: %v", err)
	}
	s, err := OpenPartly(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunFloat64(t.Context(), tensor.Map{"x": tensor.Of([]int64{2}, 1.0, 2)}); err == nil || !strings.Contains(err.Error(), "(Unheard): the operator is not known") {
		t.Errorf("the whole graph runs: %v", err)
	}
	known, _, _, _ := summed(t, false)
	if s, err = OpenPartly(known); err != nil {
		t.Fatal(err)
	}
	if out, err := s.RunFloat64(t.Context(), tensor.Map{"x": tensor.Of([]int64{2}, 1.0, 2)}); err != nil || !slices.Equal(out["neg"].Float64s(), []float64{-2, -4}) {
		t.Errorf("a graph without one: %v, %v", out, err)
	}
}

// TestEvaluationRefuses a node of another graph, and a run that was called off.
func TestEvaluationRefuses(t *testing.T) {
	m, x, a, _ := summed(t, false)
	e := evaluated(t, m, x)
	_, _, foreign, _ := summed(t, false)
	if err := e.Compute(t.Context(), foreign.Producer()); err == nil || !strings.Contains(err.Error(), "it is not part of the graph") {
		t.Errorf("a node of another graph: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Compute(ctx, a.Producer()); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}
