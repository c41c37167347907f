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

// TestWarnings verifies a model one output of which is never a number, one of which is always the same, and whose batch norm has a
// mean far from 0.
func TestWarnings(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "n"}, tensor.Fixed(2), tensor.Fixed(4), tensor.Fixed(4)}})
	if err != nil {
		t.Fatal(err)
	}
	node := func(op, name string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		n.Name = name
		v, err := g.AddValue(name)
		if err != nil {
			t.Fatal(err)
		}
		n.TakeOutput(v)
		v.SetElem(tensor.Float32)
		g.Append(n)
		return v
	}
	floats := func(shape []int64, numbers ...float32) *graph.Value {
		return g.NewInitializer("c", tensor.Of(shape, numbers...))
	}
	conv := node("Conv", "conv", x, floats([]int64{2, 2, 1, 1}, 1, 2, 3, 4))
	two := []int64{2}
	bn := node("BatchNormalization", "norm", conv, floats(two, 1, 1), floats(two, 0, 0), floats(two, 0, -3000), floats(two, 1, 1))
	negative := node("Sub", "negative", node("Neg", "neg", node("Abs", "abs", bn)), floats(nil, 1))
	g.AddOutput(bn)
	g.AddOutput(node("Sqrt", "nan", negative))
	g.AddOutput(node("Relu", "zero", negative))
	path := filepath.Join(t.TempDir(), "m.onnx")
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	saved, source := fuse(t, path, filepath.Join(t.TempDir(), "fused.onnx"))
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifySettings{Options: verify.Defaults()}
	if ort.New().Check(t.Context()) == nil {
		plan.Backends = chosen(t, toolbox(), "ort")
	}
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Judge(); err != nil {
		t.Error(err)
	}
	want := map[string]string{"nan": "nan_output", "zero": "constant_output", "norm": "fold_loses_accuracy"}
	for _, w := range found.Warnings {
		if reason := want[w.Name]; reason == w.Reason {
			delete(want, w.Name)
		} else if reason != "" {
			t.Errorf("%+v", w)
		}
	}
	if len(want) > 0 {
		t.Errorf("no warning of %v in %+v", want, found.Warnings)
	}
	for _, c := range found.Checks {
		for _, o := range c.Outputs {
			if c.Backend != "float64" && o.Name == "bn" && (o.ErrorBefore == nil || o.ErrorAfter == nil) {
				t.Errorf("%s: no errors of output %s", c.Backend, o.Name)
			}
		}
	}
}
