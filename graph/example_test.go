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

// image is a declared type of float32.
func image(sizes ...int64) graph.Type {
	t := graph.Type{Elem: tensor.Float32, Ranked: true}
	for _, size := range sizes {
		t.Shape = append(t.Shape, tensor.Fixed(size))
	}
	return t
}

// add puts a node with one result at the end of a graph.
func add(g *graph.Graph, op, result string, in ...*graph.Value) *graph.Value {
	n := graph.NewNode(op, in...)
	n.Name = g.FreshNodeName(op)
	v := g.NewValue(result)
	n.TakeOutput(v)
	g.Append(n)
	return v
}

// An initializer is a constant, unless it is an input as well: then its number is a default that a caller may replace, and
// [graph.Value.Constant] does not give it out.
func ExampleValue_Constant() {
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	fixed := g.NewInitializer("fixed", tensor.Of(nil, float32(2)))
	given, _ := g.AddInput("given", image())
	_, _ = g.AddInitializer("given", tensor.Of(nil, float32(3)))
	computed := add(g, "Mul", "computed", fixed, given)
	for _, v := range []*graph.Value{fixed, given, computed} {
		fmt.Println(v.Name(), v.Constant() != nil, v.Overridable())
	}
	// Output:
	// fixed true false
	// given false true
	// computed false false
}

// Every use of a value is known: of nodes, by the place among their inputs, and as outputs of the graph.
func ExampleValue_Uses() {
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	x, _ := g.AddInput("x", image(4))
	y := add(g, "Relu", "y", x)
	add(g, "Sub", "z", x, y)
	g.AddOutput(y)
	for u := range y.Uses() {
		if u.Node == nil {
			fmt.Println("output", u.Index)
			continue
		}
		fmt.Println("input", u.Index, "of", u.Node.Label(), "is", u.Value().Name())
	}
	fmt.Println("only one use:", y.OnlyUse() != nil)
	// Output:
	// input 1 of Sub is y
	// output 0
	// only one use: false
}

// A sub-graph reads values of the graph around it without declaring them. [graph.Graph.All] visits both.
func ExampleGraph_NewSubgraph() {
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	g.Name = "main"
	x, _ := g.AddInput("x", image(4))
	yes, _ := g.AddInput("yes", graph.Type{Elem: tensor.Bool, Ranked: true})
	branch := func(name, op string) *graph.Graph {
		sub := g.NewSubgraph(name)
		sub.AddOutput(add(sub, op, name+"_y", x))
		return sub
	}
	y := add(g, "If", "y", yes)
	for name, op := range map[string]string{"then_branch": "Relu", "else_branch": "Neg"} {
		y.Producer().SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: branch(name, op)})
	}
	g.AddOutput(y)
	nodes := 0
	for sub := range g.All() {
		nodes += sub.Len()
	}
	fmt.Println(nodes, "nodes;", x.UseCount(), "of them read x;", g.Check())
	// Output: 3 nodes; 2 of them read x; <nil>
}

// A clone can be rewritten while the model stays as it is. Its values know which ones they are copies of, until
// somebody says that they mean something else.
func ExampleModel_Clone() {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, _ := m.Graph.AddInput("x", image(4))
	m.Graph.AddOutput(add(m.Graph, "Relu", "y", x))

	c := m.Clone()
	y := c.Graph.Outputs()[0]
	fmt.Println(y.Origin() == m.Graph.Outputs()[0])
	y.Producer().OpType = "Neg"
	y.Redefine()
	fmt.Println(y.Origin(), m.Graph.Outputs()[0].Producer().OpType)
	// Output:
	// true
	// <nil> Relu
}

// Check names the first place that breaks a rule of the graph: here a node that reads what a later one computes.
func ExampleModel_Check() {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, _ := m.Graph.AddInput("x", image(4))
	y := add(m.Graph, "Relu", "y", x)
	z := add(m.Graph, "Neg", "z", y)
	m.Graph.AddOutput(z)
	y.Producer().SetInput(0, z)
	fmt.Println(m.Check())
	// Output: node Relu: input "z": this value is used before node Neg produces it
}

// Attributes are read with the default that the operator's schema gives, and are replaced whole.
func ExampleNode_SetAttr() {
	n := graph.NewNode("Conv")
	fmt.Println(n.Ints("pads"), n.Int("group", 1), n.Str("auto_pad", "NOTSET"))
	n.SetAttr(graph.IntsAttr("pads", 1, 1, 1, 1))
	n.SetAttr(graph.IntAttr("group", 4))
	fmt.Println(n.Ints("pads"), n.Int("group", 1))
	// Output:
	// [] 1 NOTSET
	// [1 1 1 1] 4
}
