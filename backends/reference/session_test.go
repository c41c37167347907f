package reference

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// appended adds a node with one output to g.
func appended(t testing.TB, g *graph.Graph, op string, attrs []*graph.Attr, in ...*graph.Value) *graph.Value {
	t.Helper()
	n := graph.NewNode(op, in...)
	for _, a := range attrs {
		n.SetAttr(a)
	}
	v := g.NewValue(strings.ToLower(op))
	if err := n.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	g.Append(n)
	return v
}

// TestConstantsAreReadOnce counts how often a recipe is evaluated.
func TestConstantsAreReadOnce(t *testing.T) {
	counter := &counted{}
	s, err := OpenGraph(oneNodeOf(t, tensor.Compute(tensor.Float32, []int64{1}, counter)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if counter.rows != 1 {
		t.Errorf("the initializer was read %d times", counter.rows)
	}
}

func oneNodeOf(t *testing.T, x *tensor.Tensor) *graph.Model {
	t.Helper()
	return oneNode(13, "Add", nil, 1, x, tensor.Of([]int64{1}, float32(1)))
}

type counted struct{ rows int }

func (c *counted) Row(dst []float64, _ int) { c.rows++; fill(dst, 1) }

func (c *counted) MaxAbs() float64 { return 1 }

func TestCancelled(t *testing.T) {
	s, err := OpenGraph(oneNodeOf(t, tensor.Of([]int64{1}, float32(1))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestNothingIsRounded runs float32 and float16 models whose parameters are recipes that no float32
// can hold.
func TestNothingIsRounded(t *testing.T) {
	for _, typ := range []tensor.Type{tensor.Float32, tensor.Float16, tensor.BFloat16} {
		third := tensor.Compute(typ, []int64{1, 1, 1, 1}, fixed(1.0/3))
		x := tensor.Of([]int64{1, 1, 1, 1}, 1e-3)
		m := graph.NewModel(8, graph.Opset{Version: 13})
		in, err := m.Graph.AddInput("x", graph.Type{Elem: typ})
		if err != nil {
			t.Fatal(err)
		}
		last := in
		chain := []*graph.Node{
			graph.NewNode("Conv", last, m.Graph.NewInitializer("w", third)), graph.NewNode("Cast"), graph.NewNode("Relu"),
		}
		chain[1].SetAttr(graph.IntAttr("to", int64(tensor.Float16)))
		for k, n := range chain {
			if k > 0 {
				n.AddInput(last)
			}
			last = m.Graph.NewValue("v")
			if err := n.AddOutput(last); err != nil {
				t.Fatal(err)
			}
			m.Graph.Append(n)
		}
		m.Graph.AddOutput(last)
		s, err := OpenGraph(m)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := s.RunFloat64(context.Background(), tensor.Map{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := exact[last.Name()].Float64s()[0], 1e-3*(1.0/3); got != want {
			t.Errorf("%s: %v, want %v", typ, got, want)
		}
		rounded, err := s.Run(context.Background(), tensor.Map{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		want := tensor.Float16ToFloat64(tensor.Float64ToFloat16(1e-3 * (1.0 / 3)))
		if got := rounded[last.Name()]; got.Type() != tensor.Float16 || got.Float64s()[0] != want {
			t.Errorf("%s: rounded to %s %v, want %v", typ, got.Type(), got.Float64s(), want)
		}
	}
}

// fixed is a recipe whose elements are all one number.
type fixed float64

func (f fixed) Row(dst []float64, _ int) { fill(dst, float64(f)) }

func (f fixed) MaxAbs() float64 { return math.Abs(float64(f)) }

func TestRefusesInputs(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13})
	shape := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(2)}}
	for _, name := range []string{"a", "b"} {
		v, err := m.Graph.AddInput(name, shape)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.AddOutput(v)
	}
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	good := tensor.Of([]int64{1, 2}, float32(1), 2)
	for want, in := range map[string]tensor.Map{
		`input "b" is missing`:       {"a": good},
		`the model has no input "c"`: {"a": good, "b": good, "c": good},
		`input "b": dimension N`:     {"a": good, "b": tensor.Of([]int64{2, 2}, float32(1), 2, 3, 4)},
		`input "a": shape [2,1]`:     {"a": tensor.Of([]int64{2, 1}, float32(1), 2), "b": good},
		`input "a": the tensor is`:   {"a": tensor.Of([]int64{1, 2}, int32(1), 2), "b": good},
	} {
		if _, err := s.Run(context.Background(), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := s.Run(context.Background(), tensor.Map{"a": good, "b": tensor.Of([]int64{1, 2}, 1.5, 2)}); err != nil {
		t.Errorf("a double for a float: %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Run(context.Background(), nil); err == nil {
		t.Error("a closed session runs")
	}
}
