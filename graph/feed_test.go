package graph

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// What another model computes takes the place of an input. Its names are free ones, and nothing of the other model changes.
func TestFeed(t *testing.T) {
	m := newNet(t)
	a := m.node("Relu", "a", m.input("x"))
	m.g.AddOutput(m.node("Add", "y", a, m.input("z")))
	m.g.Lookup("y").Producer().Name = "last"
	m.ok()

	other := newNet(t)
	image := other.input("image")
	first := other.node("Mul", "a", image, other.g.NewInitializer("w", tensor.Of([]int64{1}, float32(3))))
	second := other.node("Abs", "b", first)
	other.g.AddOutput(other.node("Exp", "out", second))
	was := other.text()

	x := m.g.Lookup("x")
	z := m.g.Lookup("z")
	fed, err := m.m.Feed(other.m, map[*Value]*Value{x: second}, map[*Value]*Value{image: z})
	if err != nil {
		t.Fatal(err)
	}
	m.ok()
	text := m.text()
	for _, want := range []string{"(float z) => ", "a_1 = Mul (z, w)", "x = Abs (a_1)", "a = Relu (x)", "y = Add (a, z)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Exp") || other.text() != was || fed[x].Name() != "x" || fed[x].Producer() == nil || x.Graph() != nil {
		t.Errorf("got\n%s\nand the other model is\n%s", text, other.text())
	}
}

func TestFeedRefuses(t *testing.T) {
	build := func(version int64, known bool) error {
		m, other := newNet(t), newNet(t)
		m.g.AddOutput(m.node("Relu", "y", m.input("x")))
		other.m.Opsets[0].Version = version
		image := other.input("image")
		by := map[*Value]*Value{m.g.Lookup("x"): other.node("Abs", "b", image)}
		to := map[*Value]*Value{}
		if known {
			image, err := m.g.AddInput("image", Type{Elem: tensor.Float32})
			if err != nil {
				t.Fatal(err)
			}
			to[other.g.Lookup("image")] = image
		}
		_, err := m.m.Feed(other.m, by, to)
		return err
	}
	version := newNet(t).m.Opsets[0].Version
	if err := build(version, true); err != nil {
		t.Error(err)
	}
	if err := build(version, false); err == nil || !strings.Contains(err.Error(), `"image" leads to what is fed`) {
		t.Errorf("an input that is not known: %v", err)
	}
	if err := build(version+1, true); err == nil || !strings.Contains(err.Error(), "write it in that version") {
		t.Errorf("another operator set: %v", err)
	}
}
