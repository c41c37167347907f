package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// input adds an input to a graph.
func input(g *graph.Graph, name string) *graph.Value {
	v, err := g.AddInput(name, graph.Type{Elem: tensor.Float32})
	if err != nil {
		panic(err)
	}
	return v
}

// first puts an operator in front of all nodes.
func first(g *graph.Graph, op string, in ...*graph.Value) *graph.Value {
	n := graph.NewNode(op, in...)
	n.TakeOutput(g.NewValue(op))
	for at := range g.Nodes() {
		g.InsertBefore(n, at)
		return n.Output(0)
	}
	g.Append(n)
	return n.Output(0)
}

// TestViewEnters has other inputs: before the old ones, behind them, or neither.
func TestViewEnters(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		after  func(g *graph.Graph) // what other passes do then
		text   []string             // of the view
		err    string
	}{
		"before": {func(g *graph.Graph) {
			image, x := input(g, "image"), g.Lookup("x")
			graph.ReplaceAllUses(x, first(g, "Abs", image))
			g.SetInputs(image)
		}, nil, []string{"(float image) => ", "x = Abs (image)", "a = Relu (x)"}, ""},
		"before, by the old name": {func(g *graph.Graph) {
			image, x := input(g, "image"), g.Lookup("x")
			graph.ReplaceAllUses(x, first(g, "Abs", image))
			g.SetInputs(image)
			image.Rename("x")
		}, nil, []string{"(float x) => ", "= Abs (x)"}, ""},
		"before, and folded by another pass": {func(g *graph.Graph) {
			image, x := input(g, "image"), g.Lookup("x")
			graph.ReplaceAllUses(x, first(g, "Abs", image))
			g.SetInputs(image)
		}, func(g *graph.Graph) {
			v := g.Lookup("Abs")
			graph.ReplaceAllUses(v, g.Lookup("image"))
			g.Remove(v.Producer())
		}, []string{"x = Abs (image)"}, ""},
		"behind": {func(g *graph.Graph) {
			a := g.Lookup("a")
			cut := input(g, "features")
			graph.ReplaceAllUses(a, cut)
			g.Remove(a.Producer())
			g.SetInputs(cut)
			cut.Rename("a")
		}, nil, []string{"(float a) => ", "b = Relu (a)"}, ""},
		"renamed":                {func(g *graph.Graph) { g.Lookup("x").Rename("images") }, nil, []string{"(float images) => ", "a = Relu (images)"}, ""},
		"one that leads nowhere": {func(g *graph.Graph) { input(g, "unused") }, nil, []string{"(float x, float unused) => "}, ""},
		"neither": {func(g *graph.Graph) {
			image, x := input(g, "image"), g.Lookup("x")
			graph.ReplaceAllUses(x, first(g, "Abs", image))
			g.Lookup("Abs").Redefine()
			g.SetInputs(image)
		}, nil, nil, `no value of the second is the input "x" of the first`},
		"in the middle": {func(g *graph.Graph) {
			b, more := g.Lookup("b"), input(g, "more")
			n := graph.NewNode("Add", b, more)
			n.TakeOutput(g.NewValue("sum"))
			g.InsertAfter(n, b.Producer())
			g.Lookup("c").Producer().SetInput(0, n.Output(0))
		}, nil, nil, `the input "more" of the second is no value of the first, and leads to its answers`},
	} {
		t.Run(name, func(t *testing.T) {
			was := line(t)
			second := was.Clone()
			c.change(second.Graph)
			at := second.Snapshot()
			if c.after != nil {
				c.after(second.Graph)
			}
			view, err := model.ViewAt(was, second, []*graph.Model{at}, (*graph.Value).Origin)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := view.Model.Graph.Check(); err != nil {
				t.Error(err)
			}
			var text strings.Builder
			if err := view.Model.Text(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.text {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%q is not in\n%s", want, text.String())
				}
			}
			if got := outputNames(view.Model); !slices.Equal(got, []string{"c"}) || len(view.Lost) > 0 {
				t.Errorf("outputs %q, %d lost", got, len(view.Lost))
			}
			if c := second.Graph.Lookup("c"); view.Origin(c) != view.Model.Graph.Lookup("c") {
				t.Errorf("the origin of c is %v", view.Origin(c))
			}
			if (view.New > 0) != (len(view.Fed) > 0) || len(view.Fed)+len(view.Cut) == 0 && strings.HasPrefix(name, "be") {
				t.Errorf("fed %q with %d nodes, cut %q", view.Fed, view.New, view.Cut)
			}
		})
	}
}

// TestViewEntersTwice follows two passes, each of which puts something in front.
func TestViewEntersTwice(t *testing.T) {
	was := line(t)
	second := was.Clone()
	g := second.Graph
	var entrances []*graph.Model
	for i, op := range []string{"Abs", "Exp"} {
		old := g.Inputs()[0]
		image := input(g, []string{"scaled", "image"}[i])
		graph.ReplaceAllUses(old, first(g, op, image))
		g.SetInputs(image)
		entrances = append(entrances, second.Snapshot())
	}
	view, err := model.ViewAt(was, second, entrances, (*graph.Value).Origin)
	if err != nil || !slices.Equal(view.Fed, []string{"x", "scaled"}) || view.New != 2 {
		t.Errorf("fed %q with %d nodes, %v", view.Fed, view.New, err)
	}
}

// exchange gives two values the names of each other.
func exchange(g *graph.Graph, a, b string) {
	x, y := g.Lookup(a), g.Lookup(b)
	x.Rename("for a while")
	y.Rename(a)
	x.Rename(b)
}

// TestViewKeepsNames: who knows inputs and outputs by their names has to get the same answers, so no two of them may exchange their names;
// and no two inputs may stand for one.
func TestViewKeepsNames(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		inputs []string // of the view
		nodes  []string // of the view, by output
		err    string
	}{
		"two inputs": {func(g *graph.Graph) { exchange(g, "x", "y") }, nil, nil, `of the second is another one than the input of that name of the first: give it a name that no other input had`},
		"one for both": {func(g *graph.Graph) {
			graph.ReplaceAllUses(g.Lookup("x"), input(g, "more")) // and x stays an input
		}, nil, nil, `the input "more" of the second is the same one of the first as another of its inputs`},
		"other names": {func(g *graph.Graph) {
			g.Lookup("x").Rename("left")
			g.Lookup("y").Rename("right")
		}, []string{"left", "right"}, []string{"Sub", "Relu"}, ""},
		"another order": {func(g *graph.Graph) { g.SetInputs(g.Lookup("y"), g.Lookup("x")) }, []string{"y", "x"}, []string{"Sub", "Relu"}, ""},
		"two outputs": {func(g *graph.Graph) {
			g.Lookup("x").Rename("left")
			exchange(g, "d", "r")
		}, []string{"left", "y"}, []string{"Relu", "Sub"}, ""}, // d is compared with d
	} {
		t.Run(name, func(t *testing.T) {
			was := graph.NewModel(8, graph.Opset{Version: 17})
			d := first(was.Graph, "Sub", input(was.Graph, "x"), input(was.Graph, "y"))
			d.Rename("d")
			relu := graph.NewNode("Relu", d)
			relu.TakeOutput(was.Graph.NewValue("r"))
			was.Graph.Append(relu)
			was.Graph.SetOutputs(d, relu.Output(0))
			second := was.Clone()
			c.change(second.Graph)
			view, err := model.ViewAt(was, second, []*graph.Model{second.Snapshot()}, (*graph.Value).Origin)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var inputs, nodes []string
			for _, v := range view.Model.Graph.Inputs() {
				inputs = append(inputs, v.Name())
			}
			for _, v := range view.Model.Graph.Outputs() {
				nodes = append(nodes, v.Producer().OpType)
			}
			if !slices.Equal(inputs, c.inputs) || !slices.Equal(nodes, c.nodes) || !slices.Equal(outputNames(view.Model), outputNames(second)) {
				t.Errorf("inputs %q, outputs %q of %q", inputs, outputNames(view.Model), nodes)
			}
		})
	}
}
