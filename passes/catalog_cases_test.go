package passes_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestCasesOfTravel fuses the models rebuilt from public reports in which a map per channel has to travel. The list beside
// them says which operators are left.
func TestCasesOfTravel(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "cases")
	raw, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skip("the cases are not here: ", err)
	}
	var cases map[string]struct{ Expected map[string]int }
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"csp_concat_bn", "paddle_conv1d_bn", "espcn_post", "ecapa_reflect"} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				f, err := mapped.Open(filepath.Join(folder, name+".onnx"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = f.Close() })
				return f.Model
			}
			after, result := passtest.Run(t, build, defaults())
			got := ops(after)
			for op, want := range cases[name].Expected {
				if got[op] != want && op != "Conv" {
					t.Errorf("%d %s are left, want %d; refusals %q", got[op], op, want, refusals(result))
				}
			}
			sameInEngine(t, build(), after)
			if before := build(); got["Conv"] != ops(before)["Conv"] {
				t.Errorf("%d Conv became %d", ops(before)["Conv"], got["Conv"])
			}
		})
	}
}

// sameInEngine compares the answers of two models in ONNX Runtime, with its optimizations and without, where its library is
// here.
func sameInEngine(t *testing.T, before, after *graph.Model) {
	t.Helper()
	in := passtest.Inputs(before, nil, 3)
	for name, v := range in {
		in[name] = tensor.Of(v.Shape(), narrowed(v.Float64s())...)
	}
	for _, optimization := range []string{"disabled", "all"} {
		engine := ort.New()
		if err := engine.Check(t.Context()); err != nil {
			t.Logf("the answers are not compared in the engine: %v", err)
			return
		}
		engine.Optimization = optimization
		var out [2]tensor.Map
		for i, m := range []*graph.Model{before, after} {
			var raw bytes.Buffer
			if _, err := onnx.Encode(&raw, m); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "model.onnx")
			if err := os.WriteFile(file, raw.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := engine.Open(t.Context(), backends.Model{Name: "model", Path: file, Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs())}, backends.Tuning{})
			if err != nil {
				t.Fatal(err)
			}
			out[i], err = s.Run(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		for name, want := range out[0] {
			var diff tensor.Difference
			diff.Add(want.Float64s(), out[1][name].Float64s())
			if !(diff.Relative() < 1e-5) {
				t.Errorf("with optimizations %s, %q differs by %g of its largest number", optimization, name, diff.Relative())
			}
		}
	}
}

// narrowed is numbers as float32.
func narrowed(numbers []float64) []float32 {
	out := make([]float32, len(numbers))
	for i, n := range numbers {
		out[i] = float32(n)
	}
	return out
}
