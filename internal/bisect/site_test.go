package bisect

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/tensor"
)

func labels(nodes []*graph.Node) (list string) {
	for _, n := range nodes {
		list += n.Label() + " "
	}
	return list
}

// What differs is found: an operator, an attribute, an input, and the numbers of an initializer.
func TestBetween(t *testing.T) {
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	m := n.Build(zoo.Form{})
	var conv *graph.Node
	for n := range m.Graph.Nodes() {
		if n.Is("Conv") {
			conv = n
			break
		}
	}
	if gone, come := between(m, m.Clone()); len(gone)+len(come) > 0 {
		t.Errorf("of a copy: %s; %s", labels(gone), labels(come))
	}
	for name, change := range map[string]func(n *graph.Node){
		"operator":  func(n *graph.Node) { n.OpType = "Other" },
		"attribute": func(n *graph.Node) { n.SetAttr(graph.IntAttr("group", 7)) },
		"input":     func(n *graph.Node) { n.AddInput(n.Input(0)) },
		"numbers": func(n *graph.Node) {
			w := n.Input(1)
			w.SetData(tensor.Compute(w.Data().Type(), w.Data().Shape(), tensor.Vector(make([]float64, w.Data().Len()))))
		},
	} {
		c := m.Clone()
		for n := range c.Graph.Nodes() {
			if n.Label() == conv.Label() {
				change(n)
			}
		}
		gone, come := between(m, c)
		if len(gone) != 1 || gone[0] != conv || len(come) != 1 || come[0].Label() != conv.Label() {
			t.Errorf("%s: %s; %s", name, labels(gone), labels(come))
		}
	}
}

func TestAround(t *testing.T) {
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	m := n.Build(zoo.Form{})
	var nodes []*graph.Node
	for n := range m.Graph.Nodes() {
		nodes = append(nodes, n)
	}
	if got := around(m, nodes[3:4]); len(got) != 3 || got[0] != nodes[2] || got[2] != nodes[4] {
		t.Errorf("got %s", labels(got))
	}
	if got := around(m, nodes); len(got) != len(nodes) {
		t.Errorf("got %s", labels(got))
	}
}

func TestFixed(t *testing.T) {
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	m := n.Build(zoo.Form{})
	c := fixed(m, tensor.Map{"input": tensor.Of([]int64{1, 3, 32, 32}, make([]float32, 3*32*32)...)})
	if got := c.Graph.Inputs()[0].Type().String(); got != "float[1,3,32,32]" {
		t.Errorf("got %s", got)
	}
	if m.Graph.Inputs()[0].Type().String() == "float[1,3,32,32]" {
		t.Error("the model changed")
	}
}
