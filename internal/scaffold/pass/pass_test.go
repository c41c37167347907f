package templatepass

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// chain is a model of these operators, one after the other, over x.
func chain(ops ...string) func() *graph.Model {
	return func() *graph.Model {
		b := graphtest.New(17)
		v := b.Input("x", 2, 3)
		for _, op := range ops {
			v = b.Node(op, []*graph.Value{v})
		}
		return b.Outputs(v)
	}
}

// The table makes variants of every case, such as one with the pattern twice, and holds the pass to its promises in all of them: the
// graph is valid, its inputs and outputs are the same, its answers are equal, and a second run changes nothing.
func TestTemplatePass(t *testing.T) {
	passtest.Table{
		Steps: []pipeline.Step{{Name: "template_pass", Pass: &TemplatePass{}}},
		Cases: []passtest.Case{
			{Name: "a pair", Build: chain("Neg", "Neg", "Relu"), Rewrites: 1},
			{Name: "at the output", Build: chain("Relu", "Neg", "Neg"), Rewrites: 1},
			{Name: "three", Build: chain("Neg", "Neg", "Neg", "Relu"), Rewrites: 1},
			{Name: "another in between", Build: chain("Neg", "Relu", "Neg"), Rewrites: 0},
			{Name: "both names have to stay", Build: chain("Neg", "Neg"), Reason: "shared_output"},
		},
	}.Run(t)
}

func TestTemplatePassLimit(t *testing.T) {
	limited := []pipeline.Step{{Name: "template_pass", Pass: &TemplatePass{Limit: 1}}}
	_, result := passtest.Run(t, chain("Neg", "Neg", "Neg", "Neg", "Relu"), limited, [][]int64{{2, 3}})
	if result.Rewrites() != 2 || result.Rounds != 3 {
		t.Errorf("%d rewrites in %d rounds, want 2, one in each round", result.Rewrites(), result.Rounds)
	}
}

func TestTemplatePassValidate(t *testing.T) {
	for limit, ok := range map[int]bool{-1: false, 0: true, 1_000_000: true, 1_000_001: false} {
		if err := (&TemplatePass{Limit: limit}).Validate(); (err == nil) != ok {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}
