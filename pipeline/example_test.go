package pipeline_test

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

// dropIdentity removes Identity nodes.
type dropIdentity struct{}

func (dropIdentity) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		if !n.Is("Identity") {
			continue
		}
		if !graph.CanReplace(n.Output(0), n.Input(0)) {
			r.Refuse(n.Label(), "interface", "its result is an output of the graph; the name has to stay")
			continue
		}
		if !r.Rewrite(n.Label(), "removed", func() {
			graph.ReplaceAllUses(n.Output(0), n.Input(0))
			n.Graph().Remove(n)
		}) {
			return nil // the budget is spent
		}
	}
	return nil
}

// A pass makes its changes through the Rewriter. The runner repeats the passes until nothing changes.
func ExampleRun() {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, _ := m.Graph.AddInput("x", graph.Type{})
	for _, op := range []string{"Identity", "Relu", "Identity"} {
		n := graph.NewNode(op, v)
		n.Name = m.Graph.FreshNodeName(op)
		v = m.Graph.NewValue(n.Name)
		_ = n.AddOutput(v)
		m.Graph.Append(n)
	}
	m.Graph.AddOutput(v)

	steps := []pipeline.Step{{Name: "drop_identity", Pass: dropIdentity{}}}
	result, err := pipeline.Run(context.Background(), m.Graph, steps, pipeline.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Rounds, "rounds,", m.Graph.Len(), "nodes left")
	for _, w := range result.Passes[0].Rewrites {
		fmt.Println(w.Node, w.Detail)
	}
	// Output:
	// 2 rounds, 1 nodes left
	// Identity removed
	// Identity_1 removed
}

// relus is a model of Relu nodes in a row, with an Identity before each.
func relus(count int) *graph.Model {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, _ := m.Graph.AddInput("x", graph.Type{})
	for i := range 2 * count {
		n := graph.NewNode([]string{"Identity", "Relu"}[i%2], v)
		n.Name = m.Graph.FreshNodeName(n.OpType)
		v = m.Graph.NewValue(n.Name)
		n.TakeOutput(v)
		m.Graph.Append(n)
	}
	m.Graph.AddOutput(v)
	return m
}

// A budget ends the run after so many rewrites, whichever passes make them. Which rewrite breaks a model is found by
// halving the budget.
func ExampleOptions_maxRewrites() {
	m := relus(5)
	steps := []pipeline.Step{{Name: "drop_identity", Pass: dropIdentity{}}}
	result, err := pipeline.Run(context.Background(), m.Graph, steps, pipeline.Options{MaxRewrites: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Rewrites(), "rewrites,", m.Graph.Len(), "nodes left, done:", result.Converged)
	// Output: 2 rewrites, 8 nodes left, done: false
}

// What a pass looked at and left alone is a refusal, with a word for programs and a sentence for people.
func ExampleRewriter_Refuse() {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, _ := m.Graph.AddInput("x", graph.Type{})
	n := graph.NewNode("Identity", x)
	n.Name = "last"
	n.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(n)
	m.Graph.AddOutput(n.Output(0))

	steps := []pipeline.Step{{Name: "drop_identity", Pass: dropIdentity{}}}
	result, err := pipeline.Run(context.Background(), m.Graph, steps, pipeline.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Passes[0].Refusals {
		fmt.Printf("%s: %s: %s\n", f.Node, f.Reason, f.Detail)
	}
	// Output: last: interface: its result is an output of the graph; the name has to stay
}

// careless forgets that the result of a node may be in use.
type careless struct{}

func (careless) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		r.Rewrite(n.Label(), "removed", func() { r.Graph().Remove(n) })
	}
	return nil
}

// A pass that panics is an error that names it. The graph must not be saved then.
func ExamplePass() {
	_, err := pipeline.Run(context.Background(), relus(1).Graph, []pipeline.Step{{Name: "careless", Pass: careless{}}}, pipeline.Options{})
	fmt.Println(err)
	// Output: pass careless: it panicked: graph: remove node Identity: value "Identity" is in use; this is a mistake of the pass
}
