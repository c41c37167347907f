package graph

import (
	"strings"
	"testing"
)

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
