package acdeploy_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// steep is a block of two branches, whose sum is multiplied before a function that squashes it; off moves the
// weights of one channel by so much of themselves.
func steep(t *testing.T, squash string, off float64) *graph.Model {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	n := newNet(t, tensor.Float32, 1, 8, 9, 9)
	wide, point := n.drawn(r.NormFloat64, 8, 8, 3, 3), n.drawn(r.NormFloat64, 8, 8, 1, 1)
	first := wide.Data().Float64s()
	for i := range 72 {
		first[i] *= 1 + off
	}
	wide.SetData(tensor.Compute(tensor.Float32, wide.Data().Shape(), tensor.Of([]int64{8, 72}, first...)))
	sum := n.node("Add", n.convolved(wide), n.convolved(point))
	return n.output(n.node(squash, n.node("Mul", sum, n.number(10))))
}

// TestSteepOutputs calls the answers of a fused network equal although a function that squashes large numbers
// shows more of their rounding than the network's depth explains; and sees weights that are a little off.
func TestSteepOutputs(t *testing.T) {
	skipShort(t, "verifies many models")
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	widened := 0
	for _, squash := range []string{"Sigmoid", "Tanh", "Softmax", "HardSigmoid", "Relu"} {
		t.Run(squash, func(t *testing.T) {
			a := saved(t, "a.onnx", steep(t, squash, 0))
			b := filepath.Join(t.TempDir(), "b.onnx")
			fused, source := fuse(t, a, b)
			defer func() { _ = source.Close() }()
			found, err := toolbox().Verify(t.Context(), fused.Pair(), plan, nil)
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
			off := saved(t, "off.onnx", steep(t, squash, 1e-3))
			found, err = toolbox().Verify(t.Context(), pairOf(t, a, off), plan, nil)
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

// TestBranchesThatCancel proves a sum of two branches of which little is left: float64 rounds what goes more
// than 1e-12 of what stays. A weight that is a little off is still seen.
func TestBranchesThatCancel(t *testing.T) {
	const large = 1e6
	r := rand.New(rand.NewPCG(8, 8))
	first, second := make([]float32, 8*8*9), make([]float32, 8*8*9)
	for i := range first {
		first[i] = float32(large * r.NormFloat64())
		second[i] = -first[i] + float32(r.NormFloat64())
	}
	build := func(name string, off float32) string {
		n := newNet(t, tensor.Float32, 1, 8, 9, 9)
		conv := func(w []float32) *graph.Value {
			return n.convolved(n.constant(tensor.Of([]int64{8, 8, 3, 3}, w...)))
		}
		moved := append([]float32{first[0] + off}, first[1:]...)
		return saved(t, name, n.output(n.node("Add", conv(moved), conv(second))))
	}
	plan := acdeploy.VerifySettings{Options: verify.Defaults()}
	a := build("a.onnx", 0)
	fused, source := fuse(t, a, filepath.Join(t.TempDir(), "b.onnx"))
	defer func() { _ = source.Close() }()
	found, err := toolbox().Verify(t.Context(), fused.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := found.Checks[0].Outputs[0]
	if err := found.Judge(); err != nil || found.Proof != verify.Algebra || float64(o.Tolerance) <= verify.AlgebraTolerance || o.Tolerance > 1e-9 {
		t.Errorf("%v: %+v", err, o)
	}
	found, err = toolbox().Verify(t.Context(), pairOf(t, a, build("off.onnx", 0.5)), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found.Equal {
		t.Errorf("a weight that is off goes unseen: %+v", found.Checks)
	}
}

// TestOriginalThatAnEngineDoesNotRun compares what is left: ONNX Runtime has no convolution of doubles.
func TestOriginalThatAnEngineDoesNotRun(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	n := newNet(t, tensor.Float64, 1, 2, 3, 3)
	conv := func(v ...float64) *graph.Value { return n.convolved(n.constant(tensor.Of([]int64{2, 2, 1, 1}, v...))) }
	a := saved(t, "a.onnx", n.output(n.node("Add", conv(1, 2, 3, 4), conv(5, 6, 7, 8))))
	fused, source := fuse(t, a, filepath.Join(t.TempDir(), "b.onnx"))
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	found, err := toolbox().Verify(t.Context(), fused.Pair(), plan, nil)
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
