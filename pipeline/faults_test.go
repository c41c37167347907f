package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// spoil changes the first node, once.
type spoil struct {
	change func(n *graph.Node)
	done   bool
}

func (s *spoil) Run(_ context.Context, r *Rewriter) error {
	for n := range r.Graph().Nodes() {
		if !s.done {
			s.done = r.Rewrite(n.Label(), "spoilt", func() { s.change(n) })
		}
	}
	return nil
}

// A pass that brings in what the schemas forbid is named, and what was there before is not its fault.
func TestRunNamesWhoBreaksASchema(t *testing.T) {
	for want, change := range map[string]func(n *graph.Node){
		"opset 17 has no operator Foo": func(n *graph.Node) { n.OpType = "Foo" },
		`it has an attribute "x"`:      func(n *graph.Node) { n.SetAttr(graph.IntAttr("x", 1)) },
		"it has more inputs than Relu": func(n *graph.Node) { n.AddInput(n.Input(0)) },
		"opset 99 is not published":    func(n *graph.Node) { n.Graph().Model().Opsets[0].Version = 99 },
		"it has more outputs than Relu has in op": func(n *graph.Node) {
			if err := n.AddOutput(n.Graph().NewValue("second")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		g := chain(t, 3)
		_, err := Run(t.Context(), g, []Step{{"good", shorten{}}, {"bad", &spoil{change: change}}, {"after", shorten{}}}, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "pass bad brought in what ONNX does not allow: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		// The graph has the fault now, and another pass may rewrite it.
		if r, err := Run(t.Context(), g, []Step{{"good", shorten{}}}, Options{}); err != nil || r.Rewrites() == 0 {
			t.Errorf("%s: a model that came with it: %v", want, err)
		}
	}
}
