package extract

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// net is x ─ Conv ─ a ─ If ─ b ─ Relu ─ c, where both branches of the If read a and have a value v.
func net(t *testing.T) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(2), tensor.Fixed(5), {Size: -1, Param: "W"}}})
	if err != nil {
		t.Fatal(err)
	}
	cond, err := g.AddInput("cond", graph.Type{Elem: tensor.Bool, Ranked: true})
	if err != nil {
		t.Fatal(err)
	}
	w, err := g.AddInitializer("w", tensor.Of([]int64{3, 2, 3, 3}, make([]float32, 54)...))
	if err != nil {
		t.Fatal(err)
	}
	a := node(t, g, "Conv", "a", x, w)
	b := node(t, g, "If", "b", cond)
	for _, name := range []string{"then_branch", "else_branch"} {
		body := g.NewSubgraph(name)
		node(t, body, "Abs", "only_"+name, a)
		body.AddOutput(node(t, body, "Neg", "v", body.Lookup("only_"+name)))
		b.Producer().SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: body})
	}
	b.SetType(graph.Type{Elem: tensor.Float32})
	g.AddOutput(node(t, g, "Relu", "c", b))
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

func node(t *testing.T, g *graph.Graph, op, out string, in ...*graph.Value) *graph.Value {
	t.Helper()
	n := graph.NewNode(op, in...)
	n.Name = "n_" + out
	v, err := g.AddValue(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	g.Append(n)
	return v
}

func TestCut(t *testing.T) {
	for name, c := range map[string]struct {
		from, to []string
		want     string // the inputs, the outputs and the nodes
	}{
		"from a value":           {[]string{"b"}, nil, "float b => float c: Relu"},
		"to a value":             {nil, []string{"a"}, "float[N,2,5,W] x => float[N,3,3,?] a: Conv"},
		"around sub-graphs":      {[]string{"a"}, []string{"b"}, "bool[] cond, float[N,3,3,?] a => float b: If"},
		"of a sub-graph":         {[]string{"a"}, []string{"only_else_branch"}, "float[N,3,3,?] a => float only_else_branch: Abs"},
		"of one of two branches": {[]string{"only_then_branch"}, []string{"n_b.then_branch/v"}, "float[N,3,3,?] only_then_branch => float v: Neg"},
		"twice the same end":     {nil, []string{"a", "a"}, "float[N,2,5,W] x => float[N,3,3,?] a: Conv"},
		"from a weight":          {[]string{"w"}, []string{"a"}, "float[N,2,5,W] x, float[3,2,3,3] w => float[N,3,3,?] a: Conv"},
	} {
		m := net(t)
		if strings.HasPrefix(name, "of") { // what the file declares of values that do not follow
			for g := range m.Graph.All() {
				for n := range g.Nodes() {
					if n.Is("Abs") || n.Is("Neg") {
						n.Output(0).SetType(graph.Type{Elem: tensor.Float32})
					}
				}
			}
		}
		p, err := Cut(m, c.from, c.to)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := describe(p); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func describe(m *graph.Model) string {
	list := func(values []*graph.Value) string {
		var words []string
		for _, v := range values {
			words = append(words, v.Type().String()+" "+v.Name())
		}
		return strings.Join(words, ", ")
	}
	var ops []string
	for n := range m.Graph.Nodes() {
		ops = append(ops, n.OpType)
	}
	return list(m.Graph.Inputs()) + " => " + list(m.Graph.Outputs()) + ": " + strings.Join(ops, " ")
}

func TestCutRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		from, to []string
		want     string
	}{
		"no such value":      {[]string{"only_then_brench"}, nil, `no value "only_then_brench", did you mean "only_then_branch"?`},
		"several":            {nil, []string{"v"}, "2 values are called \"v\"; give one of n_b.else_branch/v, n_b.then_branch/v"},
		"after the end":      {[]string{"c"}, []string{"a"}, `"c": it leads to none of "a"`},
		"the same value":     {[]string{"a"}, []string{"a"}, `no node computes "a"`},
		"an input":           {nil, []string{"x"}, `no node computes "x"`},
		"of two branches":    {nil, []string{"only_then_branch", "only_else_branch"}, "two graphs"},
		"a value inside":     {[]string{"only_then_branch"}, []string{"b"}, `"only_then_branch" is in a sub-graph, and "b" is not`},
		"an unknown element": {[]string{"b"}, nil, `"b" does not follow`},
	} {
		m := net(t)
		if m.Graph.Lookup("c").SetType(m.Graph.Inputs()[0].Type()); name == "an unknown element" {
			m.Graph.Lookup("b").SetType(graph.Type{})
			m.Graph.Lookup("b").Producer().Domain = "custom"
		}
		_, err := Cut(m, c.from, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
