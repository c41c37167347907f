package graph

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// net is a small model under construction.
type net struct {
	*testing.T
	m *Model
	g *Graph
}

func newNet(t *testing.T) net {
	t.Helper()
	m := NewModel(8, Opset{"", 17})
	return net{t, m, m.Graph}
}

func (n net) input(name string) *Value {
	v, err := n.g.AddInput(name, Type{Elem: tensor.Float32})
	if err != nil {
		n.Fatal(err)
	}
	return v
}

func (n net) node(op, out string, in ...*Value) *Value {
	node := NewNode(op, in...)
	node.Name = "n_" + out
	v, err := n.g.AddValue(out)
	if err != nil {
		n.Fatal(err)
	}
	if err := node.AddOutput(v); err != nil {
		n.Fatal(err)
	}
	n.g.Append(node)
	return v
}

func (n net) ok() {
	n.Helper()
	if err := n.m.Check(); err != nil {
		n.Error(err)
	}
}

func (n net) text() string {
	var b strings.Builder
	if err := n.m.Text(&b); err != nil {
		n.Fatal(err)
	}
	return b.String()
}

func TestReplaceAllUses(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	b := n.node("Neg", "b", a)
	c := n.node("Add", "c", b, b)
	d := n.node("Mul", "d", b, a)
	n.g.AddOutput(c)
	n.g.AddOutput(d)
	ReplaceAllUses(b, a)
	if a.UseCount() != 5 || b.Used() {
		t.Errorf("a has %d uses, b has %d", a.UseCount(), b.UseCount())
	}
	n.g.Remove(b.Producer())
	if c.Producer().Input(1) != a || d.Producer().Input(0) != a || a.UseCount() != 4 {
		t.Errorf("c = %v, d = %v, a has %d uses", c.Producer().Input(1).Name(), d.Producer().Input(0).Name(), a.UseCount())
	}
	n.ok()
	// A chain of replacements ends at the last value.
	ReplaceAllUses(a, x)
	if c.Producer().Input(0) != x || x.UseCount() != 5 {
		t.Errorf("c reads %s, x has %d uses", c.Producer().Input(0).Name(), x.UseCount())
	}
	n.g.Remove(a.Producer())
	n.ok()
}

func TestReplaceAllUsesOfOutput(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	out := n.node("Identity", "out", a)
	n.g.AddOutput(out)
	if CanReplace(out, x) {
		t.Error("an output may become an input of the graph")
	}
	ReplaceAllUses(out, a)
	n.g.Remove(out.Producer())
	n.ok()
	if got := n.g.Outputs()[0]; got != a || got.Name() != "out" || n.g.Lookup("out") != a || n.g.Lookup("a") != nil {
		t.Errorf("the output is %q of %s", got.Name(), got.Producer().Label())
	}
	second := n.node("Neg", "second", a)
	n.g.AddOutput(second)
	if CanReplace(second, a) {
		t.Error("two outputs may become one value")
	}
}

func TestCaptures(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	body := n.g.NewSubgraph("body")
	inner := NewNode("Neg", a)
	v, _ := body.AddValue("inner")
	if err := inner.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	body.Append(inner)
	body.AddOutput(v)
	cond := NewNode("If", x)
	cond.Name = "cond"
	cond.SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: body})
	n.g.Append(cond)
	n.ok()
	if a.UseCount() != 1 || a.OnlyUse().Node != inner {
		t.Errorf("the capture is not a use: %d", a.UseCount())
	}
	ReplaceAllUses(a, x)
	if inner.Input(0) != x {
		t.Error("the capture was not replaced")
	}
	n.g.Remove(a.Producer())
	n.g.Remove(cond)
	if x.Used() {
		t.Error("the removed sub-graph still uses x")
	}
	n.ok()
}

func TestSort(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	b, _ := n.g.AddValue("b")
	c := n.node("Neg", "c", b) // reads b, which a later node produces
	d := n.node("Abs", "d", x)
	producer := NewNode("Relu", x)
	producer.Name = "n_b"
	if err := producer.AddOutput(b); err != nil {
		t.Fatal(err)
	}
	n.g.Append(producer)
	n.g.AddOutput(c)
	n.g.AddOutput(d)
	if err := n.m.Check(); err == nil || !strings.Contains(err.Error(), `used before node n_b produces it`) {
		t.Errorf("check says %v", err)
	}
	moved, err := n.g.Sort()
	if err != nil || !moved {
		t.Fatalf("moved %v, %v", moved, err)
	}
	n.ok()
	var order []string
	for node := range n.g.Nodes() {
		order = append(order, node.Name)
	}
	if got := strings.Join(order, " "); got != "n_b n_c n_d" {
		t.Errorf("order %s", got)
	}
	if moved, err = n.g.Sort(); moved || err != nil {
		t.Errorf("sorting twice moves: %v, %v", moved, err)
	}
	producer.SetInput(0, c)
	if _, err := n.g.Sort(); err == nil || !strings.Contains(err.Error(), "cycle") {
		t.Errorf("a cycle gives %v", err)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		build func(n net)
		want  string
	}{
		"dangling": {func(n net) {
			v, _ := n.g.AddValue("nothing")
			n.node("Relu", "y", v)
		}, `nothing produces it`},
		"no_operator": {func(n net) { n.node("", "y", n.input("x")) }, "no operator type"},
		"bad_type": {func(n net) {
			n.node("Relu", "y", n.input("x")).Type.Elem = 99
		}, "unknown element type 99"},
		"other_graph": {func(n net) {
			n.node("Relu", "y", newNet(n.T).input("z"))
		}, "not visible"},
		"initializer_type": {func(n net) {
			n.input("w")
			if _, err := n.g.AddInitializer("w", tensor.Of(nil, int64(1))); err != nil {
				n.Error(err)
			}
		}, "is int64, its input is declared as float"},
		"kernel_shape": {func(n net) {
			w := n.g.NewInitializer("w", tensor.Of([]int64{1, 1, 2, 2}, 1.0, 2, 3, 4))
			n.node("Conv", "y", n.input("x"), w).Producer().SetAttr(IntsAttr("kernel_shape", 3, 3))
		}, `kernel_shape is [3 3], weight "w" has kernel [2 2]`},
		"group": {func(n net) {
			w := n.g.NewInitializer("w", tensor.Of([]int64{1, 1, 1}, 1.0))
			n.node("Conv", "y", n.input("x"), w).Producer().SetAttr(IntAttr("group", 2))
		}, "group 2 does not divide"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNet(t)
			c.build(n)
			err := n.m.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSecondProducer(t *testing.T) {
	n := newNet(t)
	y := n.node("Relu", "y", n.input("x"))
	if err := NewNode("Neg").AddOutput(y); err == nil || !strings.Contains(err.Error(), "second producer") {
		t.Errorf("got %v", err)
	}
	if _, err := n.g.AddValue("y"); err == nil || !strings.Contains(err.Error(), "defined twice") {
		t.Errorf("got %v", err)
	}
}

func TestOverridable(t *testing.T) {
	for ir, overridable := range map[int64]bool{3: false, 4: true, 8: true} {
		m := NewModel(ir, Opset{"", 8})
		if _, err := m.Graph.AddInput("w", Type{}); err != nil {
			t.Fatal(err)
		}
		w, err := m.Graph.AddInitializer("w", tensor.Of(nil, float32(1)))
		if err != nil {
			t.Fatal(err)
		}
		if w.Overridable() != overridable || (w.Constant() == nil) != overridable {
			t.Errorf("IR %d: overridable is %v", ir, w.Overridable())
		}
	}
}

func TestText(t *testing.T) {
	n := newNet(t)
	n.g.Name = "main"
	x := n.input("input.1")
	x.Type = Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)}}
	w := n.g.NewInitializer("w", tensor.Of([]int64{2}, float32(0.5), -1))
	y := n.node("Mul", "y", x, w)
	y.Producer().SetAttr(IntsAttr("axes", 1, 2))
	n.g.AddOutput(y)
	const want = `<
  ir_version: 8,
  opset_import: ["" : 17]
>
main (float[N,3] "input.1") => (y)
<
  float[2] w = {0.5, -1}
>
 {
  [n_y] y = Mul <axes = [1, 2]> ("input.1", w)
}
`
	if got := n.text(); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestFreshNames gives every node and every value a name of its own, in all graphs of a model.
func TestFreshNames(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	n.g.AddOutput(n.node("Relu", "a", x))
	n.node("Relu", "b", x).Producer().Name = "n_a_1"
	sub := n.g.NewSubgraph("then")
	inner := NewNode("Relu", x)
	inner.Name = "n_c"
	sub.Append(inner)
	n.node("If", "d", x).Producer().SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: sub})
	for _, c := range []struct{ base, want string }{
		{"n_z", "n_z"}, {"n_z", "n_z_1"}, {"n_z", "n_z_2"}, // not twice
		{"n_a", "n_a_2"}, {"n_c", "n_c_1"}, // nor what was there
		{"x", "x"}, // values have other names
	} {
		if got := n.g.FreshNodeName(c.base); got != c.want {
			t.Errorf("%s is called %s, want %s", c.base, got, c.want)
		}
	}
	for _, c := range []struct{ base, want string }{{"x", "x_1"}, {"free", "free"}, {"a", "a_1"}} {
		if got := sub.NewValue(c.base).Name(); got != c.want {
			t.Errorf("%s is called %s, want %s", c.base, got, c.want)
		}
	}
	if got := n.g.NewValue("").Name(); got == "" {
		t.Error("a value has no name")
	}
}
