package dryrun_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/dryrun"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// pass does one thing with each node of an operator, once; nil for nothing.
type pass struct {
	op   string
	do   func(n *graph.Node)
	done bool
}

func (p *pass) Run(_ context.Context, r *pipeline.Rewriter) error {
	if p.done || p.do == nil {
		return nil
	}
	p.done = true
	for n := range r.Graph().Nodes() {
		if n.Is(p.op) {
			r.Rewrite(n.Label(), "it is another one", func() { p.do(n) })
		}
	}
	return nil
}

func steps(op string, do func(n *graph.Node)) []pipeline.Step {
	return []pipeline.Step{{Name: "test", Pass: &pass{op: op, do: do}}}
}

// conv is a body of a convolution, whose weight is inside, and a Relu.
func conv(f graphtest.Builder, x *graph.Value) *graph.Value {
	w := f.Node("Constant", nil, graph.TensorAttr("value", weight(2)))
	return relu(f, f.Node("Conv", []*graph.Value{x, w}))
}

func weight(number float32) *tensor.Tensor { return tensor.Of([]int64{1, 1, 1}, number) }

// TestWorth: a call is worth replacing where a node of its body changes after the fingerprints are taken.
func TestWorth(t *testing.T) {
	weighing := func(number float32) func(n *graph.Node) {
		return func(n *graph.Node) { n.SetInput(1, n.Graph().NewInitializer("w", weight(number))) }
	}
	skip := func(n *graph.Node) {
		graph.ReplaceAllUses(n.Output(0), n.Input(0))
		n.Graph().Remove(n)
	}
	for name, c := range map[string]struct {
		tidy, all []pipeline.Step
		worth     bool
	}{
		"nothing":            {steps("Conv", nil), steps("Conv", nil), false},
		"another_weight":     {steps("Conv", weighing(2)), steps("Conv", weighing(4)), true},
		"while_tidying_only": {steps("Conv", weighing(4)), steps("Conv", nil), false},
		"attribute": {nil, steps("Conv", func(n *graph.Node) {
			n.SetAttr(graph.IntAttr("group", 1))
		}), true},
		"attribute_of_no_weight": {nil, steps("Relu", func(n *graph.Node) {
			n.SetAttr(graph.IntsAttr("consumed_inputs", 1))
		}), true},
		"removed":              {nil, steps("Relu", skip), true},
		"removed_in_tidying":   {steps("Relu", skip), nil, false},
		"another_input":        {nil, steps("Neg", skip), false},
		"a_node_outside":       {nil, steps("Neg", func(n *graph.Node) { n.SetAttr(graph.IntsAttr("consumed_inputs", 1)) }), false},
		"a_new_name_of_a_node": {nil, steps("Conv", func(n *graph.Node) { n.Name = "other" }), false},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			define(b.Graph.Model(), "f", conv)
			b.Graph.AddOutput(call(b, "f", b.Node("Neg", []*graph.Value{b.Input("x", 1, 1, 4)})))
			calls, err := dryrun.Calls(context.Background(), b.Graph.Model(), c.tidy, c.all)
			if err != nil || len(calls) != 1 {
				t.Fatalf("%d calls, %v", len(calls), err)
			}
			if calls[0].Refused != nil || calls[0].Worth() != c.worth {
				t.Errorf("it is worth it: %v, refused: %v", calls[0].Worth(), calls[0].Refused)
			}
		})
	}
}

// TestWorthByCall: of two calls of a function that calls another one, the one whose input is a Neg changes.
func TestWorthByCall(t *testing.T) {
	b := graphtest.New(17)
	m := b.Graph.Model()
	define(m, "inner", conv)
	define(m, "outer", func(f graphtest.Builder, x *graph.Value) *graph.Value {
		return call(f, "inner", x)
	})
	x := b.Input("x", 1, 1, 4)
	b.Graph.AddOutput(call(b, "outer", x))
	b.Graph.AddOutput(call(b, "outer", b.Node("Neg", []*graph.Value{x})))
	calls, err := dryrun.Calls(context.Background(), m, nil, steps("Conv", func(n *graph.Node) {
		if n.Input(0).Producer().Is("Neg") {
			n.SetAttr(graph.IntAttr("group", 1))
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	var worth []bool
	for _, c := range calls {
		if len(c.Inner) != 1 {
			t.Fatalf("%d calls in the body", len(c.Inner))
		}
		worth = append(worth, c.Worth(), c.Inner[0].Worth())
	}
	if !slices.Equal(worth, []bool{false, false, true, true}) {
		t.Errorf("the calls and those inside them are worth it: %v", worth)
	}
}

// TestStays: a call of a function in which nothing can fold stays in the copy too, and one that cannot be
// replaced says so.
func TestStays(t *testing.T) {
	itself := func(f graphtest.Builder, x *graph.Value) *graph.Value { return call(f, "f", conv(f, x)) }
	for name, c := range map[string]struct {
		body   func(f graphtest.Builder, x *graph.Value) *graph.Value
		fault  string
		reason string
	}{
		"no_operator_that_folds": {relu, "", ""},
		"calls_itself":           {itself, "", refusal.NotInlined},
		"fault":                  {conv, "it cannot be understood", refusal.NotInlined},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			f := define(b.Graph.Model(), "f", c.body)
			if f.Fault = c.fault; c.fault != "" {
				f.Body = nil
			}
			v := call(b, "f", b.Input("x", 1, 1, 4))
			b.Graph.AddOutput(v)
			none := steps("Relu", func(*graph.Node) { t.Error("a pass sees the body") })
			calls, err := dryrun.Calls(context.Background(), b.Graph.Model(), none, none)
			if err != nil || len(calls) != 1 {
				t.Fatalf("%d calls, %v", len(calls), err)
			}
			if v.Producer().Graph() == nil || calls[0].Worth() {
				t.Error("the call is replaced")
			}
			why := calls[0].Refused
			if (why != nil) != (c.reason != "") || why != nil && why.Reason != c.reason {
				t.Errorf("it is refused: %v", why)
			}
		})
	}
}

func TestCanceled(t *testing.T) {
	b := graphtest.New(17)
	define(b.Graph.Model(), "f", conv)
	b.Graph.AddOutput(call(b, "f", b.Input("x", 1, 1, 4)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := dryrun.Calls(ctx, b.Graph.Model(), steps("Conv", nil), steps("Conv", nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
