package main

import (
	"fmt"
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
		v.SetType(typ)
		n.TakeOutput(v)
		g.Append(n)
	}
	for _, name := range outputs {
		g.AddOutput(g.Lookup(name))
	}
	return m
}

func steps(p *CutHead) []pipeline.Step { return []pipeline.Step{{Name: "cut_head", Pass: p}} }

func TestCutHead(t *testing.T) {
	for name, c := range map[string]struct {
		pass    CutHead
		outputs []string
		nodes   int
	}{
		"features":           {CutHead{Outputs: []string{"features"}}, []string{"features"}, 2},
		"further down":       {CutHead{Outputs: []string{"body"}}, []string{"body"}, 1},
		"two, in this order": {CutHead{Outputs: []string{"features", "body"}}, []string{"features", "body"}, 2},
		"the old one, named": {CutHead{Outputs: []string{"body", "logits"}}, []string{"body", "logits"}, 3},
		"the old one, kept":  {CutHead{Outputs: []string{"body"}, Keep: true}, []string{"body", "logits"}, 3},
		"what is one":        {CutHead{Outputs: []string{"logits"}}, []string{"logits"}, 3},
		"nothing":            {CutHead{Keep: true}, []string{"logits"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			m, result := passtest.Run(t, func() *graph.Model { return classifier(t, "logits") }, steps(&c.pass), [][]int64{{4}})
			var got []string
			for _, v := range m.Graph.Outputs() {
				got = append(got, v.Name())
			}
			if !slices.Equal(got, c.outputs) || m.Graph.Len() != c.nodes {
				t.Errorf("%d nodes give %v, want %d and %v", m.Graph.Len(), got, c.nodes, c.outputs)
			}
			if weights := len(slices.Collect(m.Graph.Initializers())); weights != max(0, c.nodes-2) {
				t.Errorf("%d initializers", weights)
			}
			if changes := !slices.Equal(c.outputs, []string{"logits"}); result.ChangedInterface() != changes {
				t.Errorf("the interface changed: %v", result.ChangedInterface())
			}
		})
	}
}

func TestCutHeadRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"feature": `pass cut_head: outputs: no node computes a value "feature"; acdeploy inspect --text shows the names`,
		"x":       `pass cut_head: outputs: no node computes a value "x"; acdeploy inspect --text shows the names`,
		"weight":  `pass cut_head: outputs: no node computes a value "weight"; acdeploy inspect --text shows the names`,
	} {
		m := classifier(t, "logits")
		before := passtest.Text(m)
		_, err := pipeline.Run(t.Context(), m.Graph, steps(&CutHead{Outputs: []string{"features", name}}), pipeline.Options{})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
		if passtest.Text(m) != before {
			t.Errorf("%s: the graph changed", name)
		}
	}
}

func TestValidate(t *testing.T) {
	many := make([]string, mostOutputs+1)
	for i := range many {
		many[i] = fmt.Sprint("v", i)
	}
	for name, c := range map[string]struct {
		outputs []string
		ok      bool
	}{
		"none": {nil, true}, "one": {many[:1], true}, "as many as can be": {many[:mostOutputs], true},
		"one too many": {many, false}, "twice": {[]string{"a", "b", "a"}, false}, "empty": {[]string{""}, false},
	} {
		if err := (&CutHead{Outputs: c.outputs}).Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
