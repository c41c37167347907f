package acdeploy_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// tied is a convolution with a batch norm, whose two output channels are so near to each other that rounding decides which is
// the larger. Its outputs are the class of each pixel, and the larger number itself with a table's number for the class. The class is
// found by an ArgMax, or inside an If or a Loop by one or by a TopK.
func tied(t *testing.T, inside string) string {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(3), tensor.Fixed(32), tensor.Fixed(32)}}
	x, err := g.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float32, 2*3*3*3)
	for i := range weights {
		weights[i] = float32(i%27-11) / 7
	}
	node := func(op, name string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		v, err := g.AddValue(name)
		if err != nil {
			t.Fatal(err)
		}
		n.TakeOutput(v)
		g.Append(n)
		return v
	}
	four := func(numbers ...float32) *graph.Value {
		return g.NewInitializer("c", tensor.Of([]int64{2}, numbers...))
	}
	conv := node("Conv", "conv", x, g.NewInitializer("w", tensor.Of([]int64{2, 3, 3, 3}, weights...)))
	bn := node("BatchNormalization", "bn", conv, four(1, 1), four(0.1, 0.1), four(0.3, 0.3), four(1, 1+2e-7))
	var class *graph.Value
	switch inside {
	case "":
		class = node("ArgMax", "class", bn)
		class.Producer().SetAttr(graph.IntAttr("axis", 1))
	case "If":
		condition, err := g.AddInput("condition", graph.Type{Elem: tensor.Bool, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1)}})
		if err != nil {
			t.Fatal(err)
		}
		class = node("If", "class", condition)
		for _, name := range []string{"then_branch", "else_branch"} {
			body := g.NewSubgraph(name)
			n := graph.NewNode("ArgMax", bn)
			n.SetAttr(graph.IntAttr("axis", 1))
			n.TakeOutput(body.NewValue(name))
			n.Output(0).SetElem(tensor.Int64)
			body.Append(n)
			body.AddOutput(n.Output(0))
			class.Producer().SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: body})
		}
	case "Loop":
		class = node("Loop", "class", g.NewInitializer("turns", tensor.Of(nil, int64(2))), nil)
		body := g.NewSubgraph("body")
		for _, in := range []graph.Type{{Elem: tensor.Int64, Ranked: true}, {Elem: tensor.Bool, Ranked: true}} {
			if _, err := body.AddInput(body.FreshName("in"), in); err != nil {
				t.Fatal(err)
			}
		}
		on, top := graph.NewNode("Identity", body.Inputs()[1]), graph.NewNode("TopK", bn, body.NewInitializer("one", tensor.Of([]int64{1}, int64(1))))
		top.SetAttr(graph.IntAttr("axis", 1))
		for _, name := range []string{"largest", "which"} {
			top.TakeOutput(body.NewValue(name))
		}
		on.TakeOutput(body.NewValue("on"))
		for k, v := range []*graph.Value{on.Output(0), top.Output(1)} {
			v.SetElem([]tensor.Type{tensor.Bool, tensor.Int64}[k])
			body.Append(v.Producer())
			body.AddOutput(v)
		}
		class.Producer().SetAttr(&graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: body})
	}
	table := g.NewInitializer("table", tensor.Of([]int64{2}, float32(-1), 1))
	looked := node("Gather", "looked", table, class)
	sum := node("Add", "sum", looked, node("ReduceMean", "mean", bn))
	for v, elem := range map[*graph.Value]tensor.Type{class: tensor.Int64, sum: tensor.Float32} {
		v.SetElem(elem)
	}
	g.AddOutput(class)
	g.AddOutput(sum)
	path := filepath.Join(t.TempDir(), "tied.onnx")
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDecisionsThatFlip verifies a model whose decisions are near ties. With an engine the classes of some pixels change.
func TestDecisionsThatFlip(t *testing.T) {
	skipShort(t, "verifies many models")
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	for _, inside := range []string{"", "If", "Loop"} {
		t.Run(inside, func(t *testing.T) { verifyTied(t, inside) })
	}
}

func verifyTied(t *testing.T, inside string) {
	t.Helper()
	saved, source := fuse(t, tied(t, inside), filepath.Join(t.TempDir(), "fused.onnx"))
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Judge(); err != nil || found.Proof != verify.Algebra {
		t.Errorf("%v, proof %s", err, found.Proof)
	}
	flips := 0
	for _, c := range found.Checks {
		for _, o := range c.Outputs {
			flips += o.Flips
			if o.Flips > 0 && !(o.Margin > 0 && o.Margin < 1e-5) {
				t.Errorf("%s, %s: margin %g", c.Backend, o.Name, o.Margin)
			}
		}
	}
	if flips == 0 {
		t.Error("no decision flips, so the test shows nothing")
	}
}
