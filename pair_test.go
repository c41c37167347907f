package acdeploy_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// The passes are replayed over the first file. Only if they give the bytes of the second is the comparison one of
// algebra.
func TestOpenPair(t *testing.T) {
	skipShort(t, "verifies many models")
	unusable(t)
	const trained = "examples/cifar_quick/acnet.onnx"
	cfg := config(t, trained)
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "fused.onnx")
	_, source := fuse(t, trained, out)
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.MaxRewrites = 3
	other, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		job  *acdeploy.Job
		b    string
		want verify.Proof
	}{
		"the passes give it":         {job, out, verify.Algebra},
		"other options do not":       {other, out, verify.RoundingOnly},
		"the same file is no result": {job, trained, verify.RoundingOnly},
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := c.job.OpenPair(t.Context(), trained, c.b)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = pair.Close() }()
			found, err := c.job.Verify(t.Context(), pair, nil)
			if err != nil || found.Proof != c.want || !found.Equal {
				t.Errorf("proof %v, equal %v, %v; want %v", found.Proof, found.Equal, err, c.want)
			}
		})
	}
	if pair, err := job.OpenPair(t.Context(), trained, "examples/cifar_quick/baseline.onnx"); err != nil {
		t.Errorf("another training run: %v", err)
	} else {
		found, err := job.Verify(t.Context(), pair, nil)
		if err != nil || found.Equal || found.Proof != verify.RoundingOnly {
			t.Errorf("another training run: proof %v, equal %v, %v", found.Proof, found.Equal, err)
		}
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := job.OpenPair(t.Context(), trained, "nowhere.onnx"); err == nil {
		t.Error("a file that is not there is opened")
	}
}

// TestFileThatIsOff finds a file whose graph is that of the passes and one number of which is not, whatever the outputs show of
// it, and a proof that is too little for what is asked.
func TestFileThatIsOff(t *testing.T) {
	skipShort(t, "verifies many models")
	cfg := configs.Defaults()
	cfg.Model = "examples/cifar_quick/acnet.onnx"
	cfg.Gates.Proof = string(verify.Algebra)
	cfg.Bench.Backends = nil
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "fused.onnx")
	_, source := fuse(t, cfg.Model, out)
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	judged := func(b string) error {
		t.Helper()
		pair, err := job.OpenPair(t.Context(), cfg.Model, b)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = pair.Close() }()
		found, err := job.Verify(t.Context(), pair, nil)
		if err != nil {
			t.Fatal(err)
		}
		return found.Judge()
	}
	if err := judged(out); err != nil {
		t.Errorf("the file of the passes: %v", err)
	}
	for factor, want := range map[float32]error{1.001: acdeploy.ErrDiffer, 1 + 0x1p-23: acdeploy.ErrGate} {
		err := judged(scaledFile(t, out, factor))
		if !errors.Is(err, want) {
			t.Errorf("a weight times %g: %v, want %v", factor, err, want)
		}
		if errors.Is(want, acdeploy.ErrDiffer) && !strings.Contains(err.Error(), "initializer") {
			t.Errorf("the initializer is not named: %v", err)
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 1 || !strings.Contains(lines[0], "the proof is rounding_only, algebra is required") {
			t.Errorf("not one line that says what the proof is: %q", lines)
		}
	}
}

// TestRenamedFile proves a file by algebra that the passes make but for the names of the values within, and finds a weight in
// it that is off.
func TestRenamedFile(t *testing.T) {
	skipShort(t, "verifies many models")
	const trained = "examples/cifar_quick/acnet.onnx"
	cfg := configs.Defaults()
	cfg.Model, cfg.Gates.Proof = trained, string(verify.Algebra)
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "fused.onnx")
	_, source := fuse(t, trained, out)
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	for factor, want := range map[float32]error{1: nil, 1.001: acdeploy.ErrDiffer} {
		path := renamedFile(t, scaledFile(t, out, factor))
		pair, err := job.OpenPair(t.Context(), trained, path)
		if err != nil {
			t.Fatal(err)
		}
		found, err := job.Verify(t.Context(), pair, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := found.Judge(); !errors.Is(err, want) || !found.Bytes.Renamed {
			t.Errorf("a weight times %g: %v, renamed %t", factor, err, found.Bytes.Renamed)
		}
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	}
}

// renamedFile is a copy of a model file in which everything between inputs and outputs is called otherwise.
func renamedFile(t *testing.T, path string) string {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m := f.Model().Clone()
	for v := range m.Graph.Initializers() {
		v.Rename(m.Graph.FreshName("number"))
	}
	for n := range m.Graph.Nodes() {
		if v := n.Output(0); !v.IsOutput() {
			v.Rename(m.Graph.FreshName("value"))
		}
	}
	other := filepath.Join(t.TempDir(), "renamed.onnx")
	if _, err := f.Save(t.Context(), other, m); err != nil {
		t.Fatal(err)
	}
	return other
}

// scaledFile is a copy of a model file in which the weight of the first convolution is scaled.
func scaledFile(t *testing.T, path string, by float32) string {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m := f.Model().Clone()
	for n := range m.Graph.Nodes() {
		if n.Is("Conv") {
			w := n.Input(1)
			list := make([]float32, w.Data().Len())
			for i, v := range w.Data().Float64s() {
				list[i] = float32(v) * by
			}
			w.SetData(tensor.Of(w.Data().Shape(), list...))
			break
		}
	}
	return saved(t, "scaled.onnx", m)
}

// starter is a pass that would start a program.
type starter struct{ t *testing.T }

func (s starter) Run(context.Context, *pipeline.Rewriter) error {
	s.t.Error("it was started")
	return nil
}

func (starter) Starts() []string { return []string{"python3", "equalize.py"} }

// TestOpenPairStartsNoProgram compares files of which the second came of the first by a program too: here one that moved a factor from one layer
// to the next, so that neither layer has the numbers that the other passes make. Only the program's name tells why the proof is no better.
func TestOpenPairStartsNoProgram(t *testing.T) {
	unusable(t)
	source, err := model.Open("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	m := source.Model().Clone()
	for name, by := range map[string]float64{"7.weight": 2, "7.bias": 2, "8.weight": .5} {
		v := m.Graph.Lookup(name)
		list := v.Data().Float64s()
		for i := range list {
			list[i] *= by
		}
		v.SetData(tensor.Compute(tensor.Float32, v.Data().Shape(), tensor.Vector(list)))
	}
	moved := filepath.Join(t.TempDir(), "moved.onnx")
	if _, err := source.Save(t.Context(), moved, m); err != nil {
		t.Fatal(err)
	}
	pair, err := acdeploy.OpenPair(t.Context(), source.Path(), moved, []pipeline.Step{{Name: "exec", Pass: starter{t}}}, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pair.Close() }()
	found, err := toolbox().Verify(t.Context(), pair, acdeploy.VerifySettings{Options: verify.Defaults()}, nil)
	if err != nil || !found.Equal || found.Proof != verify.RoundingOnly || found.Bytes != nil {
		t.Fatalf("%+v, %v", found, err)
	}
	if w := found.Warnings; len(w) == 0 || w[len(w)-1].Name != "python3 equalize.py" || w[len(w)-1].Reason != "program" {
		t.Errorf("warnings %v", w)
	}
}
