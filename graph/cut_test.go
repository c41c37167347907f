package graph

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// A part reads the values at which it is cut as inputs, and has what its nodes read and no more.
func TestCut(t *testing.T) {
	n := newNet(t)
	x, other := n.input("x"), n.input("other")
	w := n.g.NewInitializer("w", tensor.Of([]int64{2}, float32(1), 2))
	n.g.NewInitializer("unread", tensor.Of([]int64{1}, float32(1)))
	a := n.node("Relu", "a", x)
	b := n.node("Mul", "b", a, w)
	c := n.node("Add", "c", b, other)
	n.g.AddOutput(n.node("Neg", "d", c))
	n.ok()

	was := n.text()
	typ := Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2)}}
	p, err := n.m.Cut(map[*Value]Type{a: typ}, c)
	if err != nil {
		t.Fatal(err)
	}
	got := net{t, p, p.Graph}
	got.ok()
	text := got.text()
	for _, want := range []string{"(float other, float[2] a) => (", "b = Mul (a, w)", "c = Add (b, other)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Relu") || strings.Contains(text, "Neg") || strings.Contains(text, "unread") {
		t.Errorf("it has more than it needs:\n%s", text)
	}
	if p.Graph.Lookup("w").Data() != w.Data() || p.Graph.Lookup("c").Origin() != c || p.Graph.Lookup("a").Origin() != a {
		t.Error("weights are shared, and values know their origin")
	}
	if n.ok(); n.text() != was {
		t.Error("the model changed")
	}
}

func TestCutRefuses(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	n.g.AddOutput(a)
	for name, cut := range map[string]struct {
		from map[*Value]Type
		to   []*Value
	}{
		"an input":           {nil, []*Value{x}},
		"nothing in between": {map[*Value]Type{a: {}}, []*Value{a}},
		"nothing":            {nil, nil},
	} {
		if _, err := n.m.Cut(cut.from, cut.to...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The nodes of a sub-graph come into the main graph, with what they read from around it.
func TestCutOfSubgraph(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	y := n.node("Neg", "y", x)
	body := n.g.NewSubgraph("then")
	inner := NewNode("Add", y, x)
	v, err := body.AddValue("v")
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	body.Append(inner)
	body.AddOutput(v)
	z := n.node("If", "z", x)
	z.Producer().SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: body})
	n.g.AddOutput(z)
	n.ok()

	p, err := n.m.Cut(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	got := net{t, p, p.Graph}
	got.ok()
	if text := got.text(); !strings.Contains(text, "y = Neg (x)") || !strings.Contains(text, "v = Add (y, x)") || strings.Contains(text, "If") {
		t.Errorf("got\n%s", text)
	}
	// What a sub-graph captures can be where the model is cut.
	p, err = n.m.Cut(map[*Value]Type{y: {Elem: tensor.Float32}}, z)
	if err != nil {
		t.Fatal(err)
	}
	got = net{t, p, p.Graph}
	got.ok()
	if text := got.text(); strings.Contains(text, "Neg") || !strings.Contains(text, "v = Add (y, x)") {
		t.Errorf("got\n%s", text)
	}
}

// Of several results of a node, those at which the model is cut are not computed any more.
func TestCutBesideAResult(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Split", "a", x)
	b, err := n.g.AddValue("b")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Producer().AddOutput(b); err != nil {
		t.Fatal(err)
	}
	n.g.AddOutput(n.node("Add", "c", a, b))
	p, err := n.m.Cut(map[*Value]Type{a: {Elem: tensor.Float32}}, n.g.Lookup("c"))
	if err != nil {
		t.Fatal(err)
	}
	got := net{t, p, p.Graph}
	got.ok()
	if text := got.text(); !strings.Contains(text, `"", b = Split (x)`) {
		t.Errorf("got\n%s", text)
	}
}

// Only the functions that the part calls come along.
func TestCutKeepsFunctions(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	for _, name := range []string{"Used", "Unused"} {
		n.m.AddFunction(n.m.NewFunction("own", name))
	}
	call := n.node("Used", "a", x)
	call.Producer().Domain = "own"
	n.g.AddOutput(call)
	p, err := n.m.Cut(nil, call)
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Functions(); len(f) != 1 || f[0].Name != "Used" || p.Graph.Lookup("a").Producer().Callee() != f[0] {
		t.Errorf("got %v", f)
	}
}
