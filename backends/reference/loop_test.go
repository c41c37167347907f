package reference

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// bodyOf is a sub-graph with inputs of the given names and whatever outputs fill makes.
func bodyOf(t *testing.T, m *graph.Model, inputs []string, fill func(g *graph.Graph, in []*graph.Value) []*graph.Value) *graph.Attr {
	t.Helper()
	g := m.Graph.NewSubgraph("body")
	var in []*graph.Value
	for _, name := range inputs {
		v, err := g.AddInput(name, graph.Type{})
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, v)
	}
	for _, v := range fill(g, in) {
		g.AddOutput(v)
	}
	return &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: g}
}

func runs(t *testing.T, m *graph.Model, in tensor.Map) (tensor.Map, error) {
	t.Helper()
	s, err := OpenGraph(m)
	if err != nil {
		return nil, err
	}
	return s.Run(context.Background(), in)
}

// TestScan sums the columns of a matrix one after another, in either direction and orientation.
func TestScan(t *testing.T) {
	for name, c := range map[string]struct {
		attrs []*graph.Attr
		want  []float64 // 3×2 or 2×3
		shape []int64
	}{
		"forward":          {nil, []float64{1, 4, 3, 9, 6, 15}, []int64{3, 2}},
		"backward":         {[]*graph.Attr{graph.IntsAttr("scan_input_directions", 1)}, []float64{3, 6, 5, 11, 6, 15}, []int64{3, 2}},
		"written backward": {[]*graph.Attr{graph.IntsAttr("scan_output_directions", 1)}, []float64{6, 15, 3, 9, 1, 4}, []int64{3, 2}},
		"along the last":   {[]*graph.Attr{graph.IntsAttr("scan_output_axes", -1)}, []float64{1, 3, 6, 4, 9, 15}, []int64{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: 16})
			x, _ := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
			zero := m.Graph.NewInitializer("zero", tensor.Of([]int64{2}, float32(0), 0))
			body := bodyOf(t, m, []string{"sum", "column"}, func(g *graph.Graph, in []*graph.Value) []*graph.Value {
				y := appended(t, g, "Add", nil, in...)
				return []*graph.Value{y, y}
			})
			attrs := append(c.attrs, body, graph.IntAttr("num_scan_inputs", 1), graph.IntsAttr("scan_input_axes", 1))
			last := appended(t, m.Graph, "Scan", attrs, zero, x)
			all, _ := m.Graph.AddValue("all")
			if err := last.Producer().AddOutput(all); err != nil {
				t.Fatal(err)
			}
			m.Graph.AddOutput(last)
			m.Graph.AddOutput(all)
			out, err := runs(t, m, tensor.Map{"x": tensor.Of([]int64{2, 3}, float32(1), 2, 3, 4, 5, 6)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]float64{6, 15}, out[last.Name()].Float64s()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, out["all"].Float64s()) + cmp.Diff(c.shape, out["all"].Shape()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLoop doubles a number until a condition, or the count, ends it.
func TestLoop(t *testing.T) {
	for name, c := range map[string]struct {
		count  []int64
		going  bool
		below  float32
		want   float64
		rounds []float64
		err    string
	}{
		"by the count":     {[]int64{3}, true, 1e9, 8, []float64{0, 1, 2}, ""},
		"by the condition": {nil, true, 5, 8, []float64{0, 1, 2}, ""},
		"not at all":       {nil, false, 5, 0, nil, "the body does not run once, so output 1 has no shape"},
		"never":            {nil, true, 1e30, 0, nil, "the loop is stopped after 262144 iterations, the most that the reference backend runs"},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: 16})
			x, _ := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
			var count *graph.Value
			if c.count != nil {
				count = m.Graph.NewInitializer("count", tensor.Of(nil, c.count...))
			}
			going := m.Graph.NewInitializer("going", tensor.Of(nil, c.going))
			body := bodyOf(t, m, []string{"i", "go", "v"}, func(g *graph.Graph, in []*graph.Value) []*graph.Value {
				two, limit := tensor.Of(nil, float32(2)), tensor.Of(nil, c.below)
				if name == "never" {
					two = tensor.Of(nil, float32(1))
				}
				y := appended(t, g, "Mul", nil, in[2], g.NewInitializer("two", two))
				on := appended(t, g, "Less", nil, y, g.NewInitializer("limit", limit))
				return []*graph.Value{on, y, appended(t, g, "Identity", nil, in[0])}
			})
			last := appended(t, m.Graph, "Loop", []*graph.Attr{body}, count, going, x)
			rounds, _ := m.Graph.AddValue("rounds")
			if err := last.Producer().AddOutput(rounds); err != nil {
				t.Fatal(err)
			}
			m.Graph.AddOutput(last)
			m.Graph.AddOutput(rounds)
			out, err := runs(t, m, tensor.Map{"x": tensor.Of(nil, float32(1))})
			if c.err != "" {
				if err == nil || !strings.HasSuffix(err.Error(), c.err) {
					t.Errorf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]float64{c.want}, out[last.Name()].Float64s()) + cmp.Diff(c.rounds, out["rounds"].Float64s()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFunctionsThatCannotBeCalledAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		build func(m *graph.Model, f *graph.Function, x *graph.Value) *graph.Node
		want  string
	}{
		"itself": {func(m *graph.Model, f *graph.Function, x *graph.Value) *graph.Node {
			f.Body.AddOutput(appended(t, f.Body, "F", nil, f.Body.Inputs()[0]))
			return graph.NewNode("F", x)
		}, "function F calls itself"},
		"too many inputs": {func(m *graph.Model, f *graph.Function, x *graph.Value) *graph.Node {
			f.Body.AddOutput(appended(t, f.Body, "Relu", nil, f.Body.Inputs()[0]))
			return graph.NewNode("F", x, x)
		}, "the call has 2 inputs and 1 outputs, and the function has 1 and 1"},
		"an attribute": {func(m *graph.Model, f *graph.Function, x *graph.Value) *graph.Node {
			f.Body.AddOutput(appended(t, f.Body, "Relu", nil, f.Body.Inputs()[0]))
			n := graph.NewNode("F", x)
			n.SetAttr(graph.IntAttr("axis", 1))
			return n
		}, "the function has no attribute axis"},
		"functions that double": {func(m *graph.Model, f *graph.Function, x *graph.Value) *graph.Node {
			inner := "F"
			f.Body.AddOutput(appended(t, f.Body, "Relu", nil, f.Body.Inputs()[0]))
			for range 30 {
				next := m.NewFunction("", inner+"x", m.Opsets...)
				in, _ := next.Body.AddInput("in", graph.Type{})
				next.Body.AddOutput(appended(t, next.Body, inner, nil, appended(t, next.Body, inner, nil, in)))
				m.AddFunction(next)
				inner += "x"
			}
			return graph.NewNode(inner, x)
		}, "has more than 1048576 nodes, with those of the functions it calls"},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: 16})
			x, _ := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
			f := m.NewFunction("", "F", m.Opsets...)
			if _, err := f.Body.AddInput("in", graph.Type{}); err != nil {
				t.Fatal(err)
			}
			m.AddFunction(f)
			n := c.build(m, f, x)
			y, _ := m.Graph.AddValue("y")
			if err := n.AddOutput(y); err != nil {
				t.Fatal(err)
			}
			m.Graph.Append(n)
			m.Graph.AddOutput(y)
			if _, err := runs(t, m, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
