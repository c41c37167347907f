package passtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// scaled is x·by, of four numbers.
func scaled(by float32) *graph.Model {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: 4}}})
	if err != nil {
		panic(err)
	}
	n := graph.NewNode("Mul", x, m.Graph.NewInitializer("by", tensor.Of(nil, by)))
	n.Name = "mul"
	y := m.Graph.NewValue("y")
	if err := n.AddOutput(y); err != nil {
		panic(err)
	}
	m.Graph.Append(n)
	m.Graph.AddOutput(y)
	return m
}

// pass is a pass made of a function on the only node.
type pass func(r *pipeline.Rewriter, n *graph.Node)

func (p pass) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		p(r, n)
	}
	return nil
}

func steps(p pass) []pipeline.Step { return []pipeline.Step{{Name: "pass", Pass: p}} }

// set gives the Mul another factor.
func set(n *graph.Node, by float32) { n.Input(1).SetData(tensor.Of(nil, by)) }

// Every promise that a pass may break is noticed.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		pass pass
		want string // of the error, "" for none
	}{
		"nothing": {func(*pipeline.Rewriter, *graph.Node) {}, ""},
		"refusal": {func(r *pipeline.Rewriter, n *graph.Node) { r.Refuse(n.Label(), "reason", "it stays") }, ""},
		"other answers": {func(r *pipeline.Rewriter, n *graph.Node) {
			if n.Doc == "" {
				r.Rewrite(n.Label(), "bent", func() { n.Doc = "done"; set(n, 2.00001) })
			}
		}, "the answers differ by"},
		"same answers": {func(r *pipeline.Rewriter, n *graph.Node) {
			if n.Doc == "" {
				r.Rewrite(n.Label(), "kept", func() { n.Doc = "done"; set(n, 2) })
			}
		}, ""},
		"a change in secret": {func(_ *pipeline.Rewriter, n *graph.Node) { set(n, 2) }, "changed the graph without saying so"},
		"no end": {func(r *pipeline.Rewriter, n *graph.Node) {
			r.Rewrite(n.Label(), "again", func() { set(n, 2) })
		}, "a second run made"},
		"an invalid graph": {func(r *pipeline.Rewriter, n *graph.Node) {
			r.Rewrite(n.Label(), "broken", func() { n.OpType = "" })
		}, "left an invalid graph"},
		"another interface": {func(r *pipeline.Rewriter, n *graph.Node) {
			if n.Output(0).Name() == "y" {
				r.Rewrite(n.Label(), "renamed", func() { n.Output(0).Rename("z") })
			}
		}, "changed the interface, and does not say that it may"},
		"a secret that no text shows": {func(r *pipeline.Rewriter, n *graph.Node) {
			n.Output(0).Producer().Doc = "changed"
		}, "the bytes of its file are others"},
		"a name twice": {func(r *pipeline.Rewriter, n *graph.Node) {
			if r.Graph().Len() > 1 {
				return
			}
			r.Rewrite(n.Label(), "doubled", func() {
				twin := graph.NewNode("Relu", n.Input(0))
				twin.Name = n.Name
				if err := twin.AddOutput(r.Graph().NewValue("twin")); err != nil {
					panic(err)
				}
				r.Graph().Append(twin)
			})
		}, `two nodes have the name "mul"`},
	} {
		_, _, err := passtest.Check(func() *graph.Model { return scaled(2) }, steps(c.pass), [][]int64{{4}})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// reshaped is a pass that may change the interface.
type reshaped struct{ pass }

var _ pipeline.InterfaceChanger = reshaped{}

func (reshaped) ChangesInterface() bool { return true }

// ahead puts an Abs before the input, whose result is not known to be the old input where it is lost.
func ahead(lost bool) func(g *graph.Graph) {
	return func(g *graph.Graph) {
		x := g.Inputs()[0]
		in, err := g.AddInput("in", x.Type())
		if err != nil {
			panic(err)
		}
		n := graph.NewNode("Abs", in)
		n.TakeOutput(g.NewValue("abs"))
		for first := range g.Nodes() {
			g.InsertBefore(n, first)
			break
		}
		graph.ReplaceAllUses(x, n.Output(0))
		g.SetInputs(in)
		if lost {
			n.Output(0).Redefine()
		}
	}
}

// Where a pass has other inputs or outputs on purpose, its answers are compared where both models meet.
func TestCheckOfOtherOutputs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		want   string // of the error, "" for none
	}{
		"an inner value": {func(g *graph.Graph) { g.SetOutputs(g.Lookup("z")) }, ""},
		"another name":   {func(g *graph.Graph) { g.Lookup("out").Rename("scores") }, ""},
		"one that is not what it was": {func(g *graph.Graph) {
			set(g.Lookup("y").Producer(), 2.001)
			g.SetOutputs(g.Lookup("z"))
		}, "the answers differ by"},
		"an input in front": {ahead(false), ""},
		"an input in front, and not what it was": {func(g *graph.Graph) {
			ahead(false)(g)
			set(g.Lookup("y").Producer(), 2.001)
		}, "the answers differ by"},
		"an input that is no value any more": {ahead(true), "no value of the second is the input"},
		"one that was not there":             {func(g *graph.Graph) { g.Lookup("out").Redefine(); g.Lookup("out").Rename("new") }, `output "new" is no value of the model before`},
	} {
		done := func(r *pipeline.Rewriter) bool { return r.Graph().Doc != "" }
		p := reshaped{func(r *pipeline.Rewriter, n *graph.Node) {
			if !done(r) {
				r.Rewrite(n.Label(), "changed", func() { r.Graph().Doc = "done"; c.change(r.Graph()) })
			}
		}}
		_, _, err := passtest.Check(headed, []pipeline.Step{{Name: "pass", Pass: p}}, [][]int64{{4}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// headed is Relu(2·x)·4, whose factors a pass may move.
func headed() *graph.Model {
	m := scaled(2)
	y := m.Graph.Outputs()[0]
	relu := graph.NewNode("Relu", y)
	relu.TakeOutput(m.Graph.NewValue("z"))
	relu.Name = "relu"
	last := graph.NewNode("Mul", relu.Output(0), m.Graph.NewInitializer("four", tensor.Of(nil, float32(4))))
	last.TakeOutput(m.Graph.NewValue("out"))
	last.Name = "last"
	m.Graph.Append(relu)
	m.Graph.Append(last)
	m.Graph.SetOutputs(last.Output(0))
	return m
}

// A pass that scales a value in place has to say that the value means something else, though the answers are the same.
func TestValuesKeepTheirMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		redefined []string
		want      string
	}{
		"said":       {[]string{"y", "z"}, ""},
		"half said":  {[]string{"y"}, `value "z" holds other numbers than before`},
		"not said":   {nil, `value "y" holds other numbers than before`},
		"said later": {[]string{"z"}, `value "y" holds other numbers than before`},
	} {
		moved := pass(func(r *pipeline.Rewriter, n *graph.Node) {
			if n.Name != "mul" || n.Doc != "" {
				return
			}
			r.Rewrite(n.Label(), "factor moved", func() {
				n.Doc = "done"
				set(n, 4)
				set(r.Graph().Outputs()[0].Producer(), 2)
				for _, v := range c.redefined {
					r.Graph().Lookup(v).Redefine()
				}
			})
		})
		_, _, err := passtest.Check(headed, steps(moved), [][]int64{{4}})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// An answer of another element type is another answer, whatever the declaration of the output says.
func TestElementTypesStay(t *testing.T) {
	widened := pass(func(r *pipeline.Rewriter, n *graph.Node) {
		if !n.Is("Mul") || n.Output(0).Name() != "y" {
			return
		}
		r.Rewrite(n.Label(), "widened", func() {
			g, y := r.Graph(), n.Output(0)
			cast := graph.NewNode("Cast", nil)
			cast.Name = "cast"
			cast.SetAttr(graph.IntAttr("to", int64(tensor.Float64)))
			out := g.NewValue("wide")
			cast.TakeOutput(out)
			g.InsertAfter(cast, n)
			graph.ReplaceAllUses(y, out)
			cast.SetInput(0, n.Output(0))
		})
	})
	_, _, err := passtest.Check(func() *graph.Model { return scaled(2) }, steps(widened), [][]int64{{4}})
	if err == nil || !strings.Contains(err.Error(), "was float and is double") {
		t.Errorf("got %v", err)
	}
}

// Check runs a pass over a model and compares the answers before and after.
func ExampleCheck() {
	double := pass(func(r *pipeline.Rewriter, n *graph.Node) {
		if n.Is("Mul") {
			r.Rewrite(n.Label(), "made an Add", func() {
				n.OpType = "Add"
				n.SetInput(1, n.Input(0))
			})
		}
	})
	_, result, err := passtest.Check(func() *graph.Model { return scaled(2) }, steps(double), [][]int64{{4}})
	fmt.Println(result.Rewrites(), err)
	// Output: 1 <nil>
}
