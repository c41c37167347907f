package memo

import (
	"context"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// counting counts the nodes that an executor computes.
type counting struct {
	verify.Exact
	nodes *int
}

func (c counting) Evaluate() verify.Evaluation { return countingRun{c.Exact.Evaluate(), c.nodes} }

type countingRun struct {
	verify.Evaluation
	nodes *int
}

func (c countingRun) Compute(ctx context.Context, n *graph.Node) error {
	*c.nodes++
	return c.Evaluation.Compute(ctx, n)
}

// lenet5 is a small network as it is trained.
func lenet5(t *testing.T) *graph.Model {
	t.Helper()
	n, err := zoo.Find("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	return n.Build(zoo.Form{Branched: true, Seed: 1})
}

// image is an input of LeNet-5.
func image() tensor.Map {
	v := make([]float32, 32*32)
	for i := range v {
		v[i] = float32(i%7) - 3
	}
	return tensor.Map{"input": tensor.Of([]int64{1, 1, 32, 32}, v...)}
}

// opener opens graphs with a memory, and counts what is computed all the same.
func opener(most int) (open func(*graph.Model) (verify.Exact, error), nodes *int) {
	nodes = new(int)
	plain := verify.ExactBy(reference.OpenPartly)
	return New(most).Open(func(m *graph.Model) (verify.Exact, error) {
		e, err := plain(m)
		return counting{e, nodes}, err
	}), nodes
}

func run(t *testing.T, open func(*graph.Model) (verify.Exact, error), m *graph.Model, in tensor.Map) []float64 {
	t.Helper()
	e, err := open(m)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	out, err := e.RunFloat64(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out[m.Graph.Outputs()[0].Name()].Float64s()
}

// TestMemo gives the bits that the executor gives, and computes each node once, as long as nothing that it reads changes.
func TestMemo(t *testing.T) {
	m := lenet5(t)
	want := run(t, verify.ExactBy(reference.OpenPartly), m, image())
	open, nodes := opener(1 << 28)
	for k, computed := range []int{m.Graph.Len(), m.Graph.Len()} {
		if got := run(t, open, m.Clone(), image()); !slices.Equal(got, want) {
			t.Errorf("run %d: %v, want %v", k, got, want)
		}
		if *nodes != computed {
			t.Errorf("%d nodes are computed by the end of run %d, want %d", *nodes, k, computed)
		}
	}
	other := m.Clone()
	for n := range other.Graph.Nodes() {
		if n.Is("Gemm") {
			v := n.Input(1).Data().Float64s()
			v[0]++
			n.Input(1).SetData(tensor.Compute(tensor.Float32, n.Input(1).Data().Shape(), tensor.Vector(v)))
			break
		}
	}
	before := *nodes
	want = run(t, verify.ExactBy(reference.OpenPartly), other, image())
	if got := run(t, open, other, image()); !slices.Equal(got, want) {
		t.Errorf("another weight: %v, want %v", got, want)
	}
	if more := *nodes - before; more < 1 || more > 6 {
		t.Errorf("another weight near the end made %d nodes be computed again", more)
	}
}

// TestMemoForgets stays within its bound.
func TestMemoForgets(t *testing.T) {
	m := lenet5(t)
	open, nodes := opener(1000)
	want := run(t, open, m, image())
	if got := run(t, open, m, image()); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if *nodes < m.Graph.Len()*3/2 {
		t.Errorf("%d nodes were computed, though there was no room to remember them", *nodes)
	}
}

// TestMemoWithin gives a value that a caller has set, and what a node with a graph in it reads.
func TestMemoWithin(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	add := func(on *graph.Graph, op string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		n.TakeOutput(on.NewValue(op))
		on.Append(n)
		return n.Output(0)
	}
	y := add(g, "Relu", x)
	yes := g.NewInitializer("yes", tensor.Of[bool](nil, true))
	branches := []*graph.Attr{}
	for _, name := range []string{"then_branch", "else_branch"} {
		sub := g.NewSubgraph(name)
		sub.AddOutput(add(sub, "Neg", y))
		branches = append(branches, &graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: sub})
	}
	n := graph.NewNode("If", yes)
	n.TakeOutput(g.NewValue("z"))
	for _, a := range branches {
		n.SetAttr(a)
	}
	g.Append(n)
	g.AddOutput(n.Output(0))
	open, _ := opener(1 << 20)
	for range 2 {
		if got := run(t, open, m, tensor.Map{"x": tensor.Of([]int64{2}, float32(3), float32(-1))}); got[0] != -3 || got[1] != 0 {
			t.Errorf("%v", got)
		}
	}
}
