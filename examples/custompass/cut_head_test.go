package main

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// classifier is x ─▶ Neg ─▶ body ─▶ Relu ─▶ features ─▶ Mul by weight ─▶ logits, with the outputs that are named.
func classifier(t *testing.T, outputs ...string) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(4)}}
	v, err := g.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range []struct{ op, result string }{{"Neg", "body"}, {"Relu", "features"}, {"Mul", "logits"}} {
		inputs := []*graph.Value{v}
		if node.op == "Mul" {
			inputs = append(inputs, g.NewInitializer("weight", tensor.Of([]int64{4}, float32(1), 2, 3, 4)))
		}
		n := graph.NewNode(node.op, inputs...)
		v = g.NewValue(node.result)
		v.Type = typ
		n.TakeOutput(v)
		g.Append(n)
	}
	for _, name := range outputs {
		g.AddOutput(g.Lookup(name))
	}
	return m
}

func cut(t *testing.T, m *graph.Model, outputs ...string) (*pipeline.Result, error) {
	t.Helper()
	return pipeline.Run(t.Context(), m.Graph, steps(outputs...), pipeline.Options{})
}

func steps(outputs ...string) []pipeline.Step {
	return []pipeline.Step{{Name: "cut_head", Pass: &CutHead{Outputs: outputs}}}
}

func TestCutHead(t *testing.T) {
	for name, c := range map[string]struct {
		outputs []string
		nodes   int
	}{
		"features":           {[]string{"features"}, 2},
		"further down":       {[]string{"body"}, 1},
		"two, in this order": {[]string{"features", "body"}, 2},
		"the old one, too":   {[]string{"body", "logits"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			m := classifier(t, "logits")
			result, err := cut(t, m, c.outputs...)
			if err != nil {
				t.Fatal(err)
			}
			if !result.Converged || result.Rounds != 2 {
				t.Errorf("%d rounds, the last of them changed nothing: %v", result.Rounds, result.Converged)
			}
			if got := names(m.Graph.Outputs()); !slices.Equal(got, c.outputs) || m.Graph.Len() != c.nodes {
				t.Errorf("%d nodes give %v, want %d and %v", m.Graph.Len(), got, c.nodes, c.outputs)
			}
			if weights := len(slices.Collect(m.Graph.Initializers())); weights != max(0, c.nodes-2) {
				t.Errorf("%d initializers", weights)
			}
			// The uncut model with the same values as outputs holds what they are.
			whole := classifier(t, c.outputs...)
			if err := passtest.Equal(whole, m, passtest.Inputs(m, [][]int64{{4}}, 1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Where the outputs are as named, or none are, the pass keeps all promises of one that changes no interface.
func TestCutHeadLeavesTheOutputs(t *testing.T) {
	for _, outputs := range [][]string{nil, {"logits"}} {
		build := func() *graph.Model { return classifier(t, "logits") }
		_, result := passtest.Run(t, build, steps(outputs...), [][]int64{{4}})
		if result.Rewrites() != 0 {
			t.Errorf("%v: %d rewrites", outputs, result.Rewrites())
		}
	}
}

func TestCutHeadRefuses(t *testing.T) {
	for want, outputs := range map[string][]string{
		`pass cut_head: outputs: no node computes a value "feature"`:  {"features", "feature"},
		`pass cut_head: outputs: no node computes a value "x"`:        {"x"},
		`pass cut_head: outputs: no node computes a value "weight"`:   {"weight"},
		`pass cut_head: outputs: the value "features" is named twice`: {"features", "features"},
		`pass cut_head: outputs: no node computes a value ""`:         {""},
	} {
		m := classifier(t, "logits")
		before := passtest.Text(m)
		if _, err := cut(t, m, outputs...); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %s", outputs, err, want)
		}
		if passtest.Text(m) != before {
			t.Errorf("%v: the graph changed", outputs)
		}
	}
}
