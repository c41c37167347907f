package model

import (
	"math"
	"strconv"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestLayersCountWhatFunctionsHold(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	chain := func(g *graph.Graph, ops ...string) {
		v, err := g.AddInput("x", graph.Type{})
		for _, op := range ops {
			n := graph.NewNode(op, v)
			v = g.NewValue("v")
			if err == nil {
				err = n.AddOutput(v)
			}
			g.Append(n)
		}
		if err != nil {
			t.Fatal(err)
		}
		g.AddOutput(v)
	}
	define := func(name string, ops ...string) {
		f := m.NewFunction("", name, m.Opsets...)
		chain(f.Body, ops...)
		m.AddFunction(f)
	}
	define("Self", "Conv", "Self")
	define("F0", "Conv", "Relu")
	for i := range 40 {
		define("F"+strconv.Itoa(i+1), "F"+strconv.Itoa(i), "F"+strconv.Itoa(i))
	}
	chain(m.Graph, "Conv", "F2", "Self")
	if got := Layers(m.Graph); got != 1+4+1 {
		t.Errorf("%d layers, want 6", got)
	}
	deep := m.NewFunction("", "deep", m.Opsets...)
	chain(deep.Body, "F40")
	if got := Layers(deep.Body); got != math.MaxInt32 {
		t.Errorf("%d layers", got)
	}
}
