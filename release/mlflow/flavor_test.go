package mlflow

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// The files are YAML with the keys that MLflow reads; the test of the real server loads them.
func TestDescriptor(t *testing.T) {
	s := model.Signature{
		Inputs:  []tensor.Spec{{Name: `a "name": {b`, Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, {Size: 3}}}},
		Outputs: []tensor.Spec{{Name: "y", Type: tensor.Int64, Ranked: true}},
	}
	files := flavorFiles(folder(t), "run1", s)
	var got struct {
		Flavors struct {
			ONNX struct {
				Data      string   `yaml:"data"`
				Providers []string `yaml:"providers"`
			} `yaml:"onnx"`
			Python struct {
				Loader string `yaml:"loader_module"`
			} `yaml:"python_function"`
		} `yaml:"flavors"`
		Run       string `yaml:"run_id"`
		Signature struct {
			Inputs  string `yaml:"inputs"`
			Outputs string `yaml:"outputs"`
		} `yaml:"signature"`
	}
	if err := yaml.Unmarshal([]byte(files["MLmodel"]), &got); err != nil {
		t.Fatalf("%v in %s", err, files["MLmodel"])
	}
	if got.Flavors.ONNX.Data != "model.onnx" || strings.Join(got.Flavors.ONNX.Providers, " ") != "CPUExecutionProvider" || got.Flavors.Python.Loader != "mlflow.onnx" || got.Run != "run1" {
		t.Errorf("%+v", got)
	}
	if want := `[{"name":"a \"name\": {b","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,3]}}]`; got.Signature.Inputs != want {
		t.Errorf("got %s, want %s", got.Signature.Inputs, want)
	}
	if want := `[{"name":"y","type":"tensor","tensor-spec":{"dtype":"int64","shape":[]}}]`; got.Signature.Outputs != want {
		t.Errorf("got %s, want %s", got.Signature.Outputs, want)
	}
	for _, name := range []string{"conda.yaml", "python_env.yaml"} {
		var any map[string]any
		if err := yaml.Unmarshal([]byte(files[name]), &any); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What MLflow has no word for leaves the signature out, and nothing else.
func TestNoSignature(t *testing.T) {
	for _, spec := range []tensor.Spec{{Name: "x", Type: tensor.BFloat16, Ranked: true}, {Name: "x", Type: tensor.Float32}} {
		files := flavorFiles(folder(t), "run1", model.Signature{Inputs: []tensor.Spec{spec}})
		if strings.Contains(files["MLmodel"], "signature") || !strings.Contains(files["MLmodel"], "flavors") {
			t.Errorf("%s", files["MLmodel"])
		}
	}
}

// The model runs where it was measured, and on the CPU where that is not to be had.
func TestProviders(t *testing.T) {
	f := folder(t)
	f.Report.Comparisons = append(f.Report.Comparisons, judge.Comparison{Key: bench.Key{Backend: "ort", Provider: "cuda"}})
	if got := strings.Join(providers(f.Report), " "); got != "CUDAExecutionProvider CPUExecutionProvider" {
		t.Errorf("got %s", got)
	}
	if needs := requirements(f.Report); !strings.HasPrefix(needs[2], "onnxruntime-gpu") {
		t.Errorf("%v", needs)
	}
}
