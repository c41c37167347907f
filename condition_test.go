package acdeploy_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// steep is a block of two branches, whose sum is multiplied before a function that squashes it; off moves the
// weights of one channel by so much of themselves.
func steep(t *testing.T, squash string, off float64) *graph.Model {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	g.Name = "steep"
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: 1}, {Size: 8}, {Size: 9}, {Size: 9}}})
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(shape ...int64) *graph.Value {
		count, _ := tensor.Count(shape)
		v := make([]float32, count)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return g.NewInitializer("c", tensor.Of(shape, v...))
	}
	node := func(op string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		v := g.NewValue(op)
		if err := n.AddOutput(v); err != nil {
			t.Fatal(err)
		}
		g.Append(n)
		return v
	}
	wide, point := numbers(8, 8, 3, 3), numbers(8, 8, 1, 1)
	first := wide.Data().Float64s()
	for i := range 72 {
		first[i] *= 1 + off
	}
	wide.SetData(tensor.Compute(tensor.Float32, wide.Data().Shape(), tensor.Of([]int64{8, 72}, first...)))
	a, b := node("Conv", x, wide), node("Conv", x, point)
	a.Producer().SetAttr(graph.IntsAttr("pads", 1, 1, 1, 1))
	y := node("Mul", node("Add", a, b), g.NewInitializer("gain", tensor.Of(nil, float32(10))))
	out := node(squash, y)
	out.Type = x.Type
	g.AddOutput(out)
	return m
}

// TestSteepOutputs calls the answers of a fused network equal although a function that squashes large numbers
// shows more of their rounding than the network's depth explains; and sees weights that are a little off.
func TestSteepOutputs(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	save := func(name string, m *graph.Model) string {
		path := filepath.Join(t.TempDir(), name)
		if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plan := acdeploy.VerifyPlan{Options: verify.Defaults(), Engines: []acdeploy.Engine{{Name: "ort"}}}
	widened := 0
	for _, squash := range []string{"Sigmoid", "Tanh", "Softmax", "HardSigmoid", "Relu"} {
		t.Run(squash, func(t *testing.T) {
			a := save("a.onnx", steep(t, squash, 0))
			b := filepath.Join(t.TempDir(), "b.onnx")
			saved, source := fuse(t, a, b)
			defer func() { _ = source.Close() }()
			found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := found.Judge(); err != nil {
				t.Error(err)
			}
			if len(found.Skipped) > 0 {
				t.Errorf("skipped %v", found.Skipped)
			}
			for _, c := range found.Checks {
				if c.Outputs[0].Detail != "" {
					widened++
				}
			}
			off := save("off.onnx", steep(t, squash, 1e-3))
			found, err = toolbox().Verify(t.Context(), acdeploy.Files(t.Context(), a, off, nil, pipeline.Options{}), plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found.Equal {
				t.Errorf("a weight that is off goes unseen: %+v", found.Checks)
			}
		})
	}
	if widened == 0 {
		t.Error("no output needed more than the depth of the network explains")
	}
}

// TestOriginalThatAnEngineDoesNotRun compares what is left: ONNX Runtime has no convolution of doubles.
func TestOriginalThatAnEngineDoesNotRun(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	g.Name = "double"
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float64, Ranked: true, Shape: []tensor.Dim{{Size: 1}, {Size: 2}, {Size: 3}, {Size: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	node := func(op string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		v := g.NewValue(op)
		if err := n.AddOutput(v); err != nil {
			t.Fatal(err)
		}
		v.Type = x.Type
		g.Append(n)
		return v
	}
	weight := func(v ...float64) *graph.Value { return g.NewInitializer("w", tensor.Of([]int64{2, 2, 1, 1}, v...)) }
	g.AddOutput(node("Add", node("Conv", x, weight(1, 2, 3, 4)), node("Conv", x, weight(5, 6, 7, 8))))
	a := filepath.Join(t.TempDir(), "a.onnx")
	if _, err := mapped.Save(t.Context(), a, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	saved, source := fuse(t, a, filepath.Join(t.TempDir(), "b.onnx"))
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifyPlan{Options: verify.Defaults(), Engines: []acdeploy.Engine{{Name: "ort"}}}
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Judge(); err != nil || found.Proof != verify.Algebra || len(found.Checks) != 1 {
		t.Errorf("%v, proof %s, checks %+v", err, found.Proof, found.Checks)
	}
	if len(found.Skipped) != 1 || !strings.Contains(found.Skipped[0].Reason, "does not run the original") || found.Skipped[0].Remedy == "" {
		t.Errorf("skipped %+v", found.Skipped)
	}
}
