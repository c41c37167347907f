package pipeline

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// passFunc is a pass made of a function.
type passFunc func(r *Rewriter) error

func (f passFunc) Run(_ context.Context, r *Rewriter) error { return f(r) }

// Every kind of change is noticed, whether the pass makes rewrites too or not.
func TestChangesOutsideOfARewrite(t *testing.T) {
	stray := map[string]func(g *graph.Graph, n *graph.Node){
		"attribute": func(_ *graph.Graph, n *graph.Node) { n.SetAttr(graph.IntAttr("axis", 1)) },
		"input":     func(_ *graph.Graph, n *graph.Node) { n.SetInput(1, n.Input(0)) },
		"value":     func(g *graph.Graph, _ *graph.Node) { g.NewValue("new") },
		"name":      func(_ *graph.Graph, n *graph.Node) { n.Output(0).Rename("other") },
		"uses":      func(_ *graph.Graph, n *graph.Node) { graph.ReplaceAllUses(n.Output(0), n.Input(0)) },
		"order": func(g *graph.Graph, _ *graph.Node) {
			n := graph.NewNode("Relu", g.Inputs()[0])
			_ = n.AddOutput(g.NewValue("dead"))
			g.Append(n)
		},
	}
	for name, change := range stray {
		for when, pass := range map[string]passFunc{
			"alone": func(r *Rewriter) error {
				for n := range r.Graph().Nodes() {
					change(r.Graph(), n)
					return nil
				}
				return nil
			},
			"before a rewrite": func(r *Rewriter) error {
				for n := range r.Graph().Nodes() {
					change(r.Graph(), n)
					r.Rewrite(n.Label(), "changed", func() {})
					return nil
				}
				return nil
			},
		} {
			_, err := Run(t.Context(), chain(t, 2), []Step{{"quiet", pass}}, Options{MaxRounds: 1})
			if err == nil || err.Error() != "pass quiet changed the graph without saying so" {
				t.Errorf("%s %s: got %v", name, when, err)
			}
		}
	}
}

// A pass that goes on when it is told no more changes nothing all the same.
func TestRewriteEnforcesTheBudget(t *testing.T) {
	var allowed []bool
	greedy := passFunc(func(r *Rewriter) error {
		for n := range r.Graph().Nodes() {
			allowed = append(allowed, r.Rewrite(n.Label(), "marked", func() { n.Name = "marked" }))
		}
		return nil
	})
	g := chain(t, 4)
	result, err := Run(t.Context(), g, []Step{{"greedy", greedy}}, Options{MaxRewrites: 2})
	if err != nil || result.Converged || result.Rewrites() != 2 || !slices.Equal(allowed, []bool{true, true, false, false}) {
		t.Errorf("allowed %v, %d rewrites, %v", allowed, result.Rewrites(), err)
	}
	marked := 0
	for n := range g.Nodes() {
		if n.Name == "marked" {
			marked++
		}
	}
	if marked != 2 {
		t.Errorf("%d nodes were changed", marked)
	}
}

// One change may take several records, and is one change still.
func TestApplyIsOneChange(t *testing.T) {
	twice := passFunc(func(r *Rewriter) error {
		for n := range r.Graph().Nodes() {
			r.Apply([]Rewrite{{Node: "a"}, {Node: "b", Branches: []string{"3×3"}}}, func() { n.Name = "marked" })
		}
		return nil
	})
	result, err := Run(t.Context(), chain(t, 3), []Step{{"twice", twice}}, Options{MaxRewrites: 2})
	if err != nil || result.Rewrites() != 4 || result.Passes[0].Rewrites[3].Branches[0] != "3×3" {
		t.Errorf("%+v, %v", result, err)
	}
}

// A run that has been ended rewrites nothing more.
func TestRewriteEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pass := passFunc(func(r *Rewriter) error {
		cancel()
		if r.Rewrite("node", "changed", func() { t.Error("changed") }) {
			t.Error("allowed")
		}
		return nil
	})
	if _, err := Run(ctx, chain(t, 1), []Step{{"pass", pass}}, Options{}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
}

// closing counts how often it is closed.
type closing struct{ times int }

func (c *closing) Close() error { c.times++; return nil }

// A pass knows the round, may rest in it without losing what it refused, tells of its program, and has something closed in the end.
func TestRounds(t *testing.T) {
	var rounds []int
	kept := &closing{}
	once := passFunc(func(r *Rewriter) error {
		if rounds = append(rounds, r.Round()); r.Round() > 1 {
			r.Rest()
			return nil
		}
		r.Ran(Program{Command: []string{"sh"}})
		r.Keep(kept)
		r.Refuse("a", "costlier", "leave it")
		r.Rewrite("b", "changed", func() {})
		return nil
	})
	result, err := Run(t.Context(), chain(t, 1), []Step{{"once", once}}, Options{})
	if err != nil || !slices.Equal(rounds, []int{1, 2}) {
		t.Fatalf("rounds %v, %v", rounds, err)
	}
	if did := result.Passes[0]; len(did.Refusals) != 1 || did.Program == nil || did.Program.Command[0] != "sh" {
		t.Errorf("got %+v", did)
	}
	for range 2 {
		if err := result.Close(); err != nil || kept.times != 1 {
			t.Errorf("closed %d times, %v", kept.times, err)
		}
	}
}

// A pass that leaves something for the next round gets one, also where nothing changed, and no more than there are.
func TestPostpone(t *testing.T) {
	for rounds, want := range map[int]bool{1: false, 2: false, 3: true} {
		ran := 0
		later := passFunc(func(r *Rewriter) error {
			if ran++; r.Round() == 1 {
				r.Postpone()
			} else if r.Round() == 2 {
				r.Rewrite("b", "changed", func() {})
			}
			return nil
		})
		result, err := Run(t.Context(), chain(t, 1), []Step{{"later", later}}, Options{MaxRounds: rounds})
		if err != nil || ran != rounds || result.Rounds != rounds || result.Converged != want {
			t.Errorf("at most %d rounds: it ran %d times, converged %v, %v", rounds, ran, result.Converged, err)
		}
	}
}
