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
