package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// chain is a model of n Relu nodes.
func chain(t *testing.T, n int) *graph.Graph {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, err := m.Graph.AddInput("x", graph.Type{})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		node := graph.NewNode("Relu", v)
		v = m.Graph.NewValue("y")
		if err := node.AddOutput(v); err != nil {
			t.Fatal(err)
		}
		m.Graph.Append(node)
	}
	m.Graph.AddOutput(v)
	return m.Graph
}

// shorten removes the first node that is followed by another, once per run.
type shorten struct{}

func (shorten) Run(_ context.Context, r *Rewriter) error {
	g := r.Graph()
	for n := range g.Nodes() {
		if g.Len() == 1 {
			r.Refuse(n.Label(), "last", "one node has to stay")
			return nil
		}
		r.Rewrite(n.Label(), "removed", func() {
			graph.ReplaceAllUses(n.Output(0), n.Input(0))
			g.Remove(n)
		})
		return nil
	}
	return nil
}

type broken struct{}

func (broken) Run(_ context.Context, r *Rewriter) error {
	for n := range r.Graph().Nodes() {
		r.Rewrite(n.Label(), "broken", func() { n.OpType = "" })
	}
	return nil
}

type failing struct{ err error }

func (f failing) Run(context.Context, *Rewriter) error { return f.err }

func TestRunToFixedPoint(t *testing.T) {
	g := chain(t, 4)
	var dumps []int
	r, err := Run(t.Context(), g, []Step{{"shorten", shorten{}}}, Options{Changed: func(number int, _ string, _ *graph.Graph) error {
		dumps = append(dumps, number)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Converged || r.Rounds != 4 || r.Rewrites() != 3 || g.Len() != 1 || len(dumps) != 3 {
		t.Errorf("converged %v after %d rounds with %d rewrites, %d nodes, dumps %v", r.Converged, r.Rounds, r.Rewrites(), g.Len(), dumps)
	}
	// Only the refusals of the last round stand.
	if r.Refusals() != 1 {
		t.Errorf("%d refusals", r.Refusals())
	}
}

func TestRunStopsAtBounds(t *testing.T) {
	r, err := Run(t.Context(), chain(t, 9), []Step{{"shorten", shorten{}}}, Options{MaxRounds: 2})
	if err != nil || r.Converged || r.Rounds != 2 {
		t.Errorf("rounds %d, converged %v, %v", r.Rounds, r.Converged, err)
	}
	g := chain(t, 9)
	r, err = Run(t.Context(), g, []Step{{"a", shorten{}}, {"b", shorten{}}}, Options{MaxRewrites: 3})
	if err != nil || r.Converged || r.Rewrites() != 3 || g.Len() != 6 {
		t.Errorf("%d rewrites, %d nodes, converged %v, %v", r.Rewrites(), g.Len(), r.Converged, err)
	}
	g = chain(t, 4)
	r, err = Run(t.Context(), g, []Step{{"a", shorten{}}}, Options{MaxRewrites: 3})
	if err != nil || !r.Converged || g.Len() != 1 {
		t.Errorf("a budget that is just enough: %d nodes, converged %v, %v", g.Len(), r.Converged, err)
	}
}

// secret changes a field of a node, and tells nobody.
type secret struct{}

func (secret) Run(_ context.Context, r *Rewriter) error {
	for n := range r.Graph().Nodes() {
		n.OpType = ""
	}
	return nil
}

func TestRunNoticesSecretChanges(t *testing.T) {
	_, err := Run(t.Context(), chain(t, 2), []Step{{"secret", secret{}}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "a pass of round 1 left an invalid graph, and did not say") {
		t.Errorf("got %v", err)
	}
}

func TestRunNamesTheCulprit(t *testing.T) {
	_, err := Run(t.Context(), chain(t, 2), []Step{{"good", shorten{}}, {"bad", broken{}}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "pass bad left an invalid graph") {
		t.Errorf("got %v", err)
	}
	cause := errors.New("cause")
	_, err = Run(t.Context(), chain(t, 2), []Step{{"failing", failing{cause}}}, Options{})
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "pass failing: ") {
		t.Errorf("got %v", err)
	}
}

// A fault says which pass it is, how many rewrites were made before, and whether its own rewrites are what is wrong.
func TestPassError(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		last Step
		want PassError
	}{
		{Step{"bad", broken{}}, PassError{Pass: "bad", Rewrites: 1, Left: true}},
		{Step{"failing", failing{cause}}, PassError{Pass: "failing", Rewrites: 1}},
		{Step{"panics", panics{}}, PassError{Pass: "panics", Rewrites: 1}},
		{Step{"strays", does(func(_ context.Context, r *Rewriter) error { r.Graph().SetOutputs(nil); return nil })}, PassError{Pass: "strays", Rewrites: 1}},
	} {
		_, err := Run(t.Context(), chain(t, 3), []Step{{"good", shorten{}}, c.last}, Options{})
		got, ok := errors.AsType[*PassError](err)
		if !ok || got.Pass != c.want.Pass || got.Rewrites != c.want.Rewrites || got.Left != c.want.Left {
			t.Errorf("%s: got %+v", c.last.Name, err)
		}
	}
	stop := errors.New("stop")
	_, err := Run(t.Context(), chain(t, 3), []Step{{"good", shorten{}}}, Options{Changed: func(int, string, *graph.Graph) error { return stop }})
	if _, ok := errors.AsType[*PassError](err); ok || !errors.Is(err, stop) {
		t.Errorf("the caller's own error: got %v", err)
	}
}

func TestRunEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := chain(t, 3)
	if _, err := Run(ctx, g, []Step{{"shorten", shorten{}}}, Options{}); !errors.Is(err, context.Canceled) || g.Len() != 3 {
		t.Errorf("got %v with %d nodes", err, g.Len())
	}
}
