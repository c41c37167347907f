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
// the larger. Its outputs are the class of each pixel, and the larger number itself with a table's number for the class.
func tied(t *testing.T) string {
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
	class := node("ArgMax", "class", bn)
	class.Producer().SetAttr(graph.IntAttr("axis", 1))
	table := g.NewInitializer("table", tensor.Of([]int64{2}, float32(-1), 1))
	looked := node("Gather", "looked", table, class)
	sum := node("Add", "sum", looked, node("ReduceMean", "mean", bn))
	for v, elem := range map[*graph.Value]tensor.Type{class: tensor.Int64, sum: tensor.Float32} {
		v.Type.Elem = elem
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
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	saved, source := fuse(t, tied(t), filepath.Join(t.TempDir(), "fused.onnx"))
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
