package graph_test

import (
	"fmt"
	"os"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// A model of one Relu is built, a second Relu is added, and the uses of its result are moved.
func Example() {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	g.Name = "small"
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	relu := func(in *graph.Value, name string) *graph.Value {
		n, out := graph.NewNode("Relu", in), g.NewValue(name)
		n.TakeOutput(out)
		g.Append(n)
		return out
	}
	once := relu(x, "once")
	twice := relu(once, "twice")
	g.AddOutput(twice)
	fmt.Println("once is used by", once.OnlyUse().Node.Label(), "and made by", once.Producer().Label())

	// Relu(Relu(x)) is Relu(x): the output takes the place of the first result, and keeps its name.
	second := twice.Producer()
	graph.ReplaceAllUses(twice, once)
	g.Remove(second)
	if err := m.Check(); err != nil {
		fmt.Println(err)
	}
	_ = m.Text(os.Stdout)
	// Output:
	// once is used by Relu(twice) and made by Relu(once)
	// <
	//   ir_version: 8,
	//   opset_import: ["" : 17]
	// >
	// small (float[N,3] x) => (twice) {
	//   twice = Relu (x)
	// }
}
