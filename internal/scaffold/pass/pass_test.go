package templatepass

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// chain is a model of these operators, one after the other, over x.
func chain(t *testing.T, ops ...string) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(3)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		n := graph.NewNode(op, v)
		v = m.Graph.NewValue(op)
		n.TakeOutput(v)
		m.Graph.Append(n)
	}
	v.Type = m.Graph.Inputs()[0].Type
	m.Graph.AddOutput(v)
	return m
}

// Every row is run, and held to the promises of a pass: the graph is valid, its inputs and outputs are the same, its answers are
// equal, and a second run changes nothing.
func TestTemplatePass(t *testing.T) {
	for name, c := range map[string]struct {
		ops      []string
		pass     TemplatePass
		rewrites int
	}{
		"a pair":               {[]string{"Neg", "Neg", "Relu"}, TemplatePass{}, 1},
		"at the output":        {[]string{"Relu", "Neg", "Neg"}, TemplatePass{}, 1},
		"three":                {[]string{"Neg", "Neg", "Neg", "Relu"}, TemplatePass{}, 1},
		"four, one in a round": {[]string{"Neg", "Neg", "Neg", "Neg", "Relu"}, TemplatePass{Limit: 1}, 2},
		"another in between":   {[]string{"Neg", "Relu", "Neg"}, TemplatePass{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model { return chain(t, c.ops...) }
			steps := []pipeline.Step{{Name: "template_pass", Pass: &c.pass}}
			_, result := passtest.Run(t, build, steps, [][]int64{{3}})
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
		})
	}
}

// Where an input would become the output, both names have to stay.
func TestTemplatePassRefuses(t *testing.T) {
	build := func() *graph.Model { return chain(t, "Neg", "Neg") }
	_, result := passtest.Run(t, build, []pipeline.Step{{Name: "template_pass", Pass: &TemplatePass{}}}, [][]int64{{3}})
	if result.Rewrites() != 0 || result.Refusals() != 1 {
		t.Errorf("%d rewrites, %d refusals", result.Rewrites(), result.Refusals())
	}
}

func TestValidate(t *testing.T) {
	for limit, ok := range map[int]bool{-1: false, 0: true, 1_000_000: true, 1_000_001: false} {
		if err := (&TemplatePass{Limit: limit}).Validate(); (err == nil) != ok {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}
