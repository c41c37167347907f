package mlflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
)

// modelFolder is the folder of a run that holds the model.
const modelFolder = "model"

// onnxVersion is the release of the Python package onnx that knows everything acdeploy reads.
const onnxVersion = "1.22.0"

// python is the version of Python for those who build an environment from the files beside the model.
const python = "3.11"

// flavorFiles are the files that make a folder with an ONNX file one that MLflow loads: mlflow.onnx.load_model reads it, and
// mlflow.pyfunc.load_model runs it in ONNX Runtime.
func flavorFiles(f *release.Folder, run string, s model.Signature) map[string]string {
	needs := requirements(f.Report)
	var conda strings.Builder
	for _, need := range needs {
		fmt.Fprintf(&conda, "  - %s\n", need)
	}
	return map[string]string{
		"MLmodel":          descriptor(f, run, s),
		"requirements.txt": strings.Join(needs, "\n") + "\n",
		"conda.yaml":       "name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=" + python + "\n- pip\n- pip:\n" + conda.String(),
		"python_env.yaml":  fmt.Sprintf("python: %q\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n", python),
	}
}

// requirements are the Python packages that run the model. ONNX Runtime is the version that it was measured with.
func requirements(r *reports.Report) []string {
	runtime := "onnxruntime"
	if onGPU(r) {
		runtime = "onnxruntime-gpu"
	}
	if v := runtimeVersion(r); v != "" {
		runtime += "==" + v
	}
	return []string{"mlflow", "onnx>=" + onnxVersion, runtime}
}

// engine is the name of ONNX Runtime among the engines.
const engine = "ort"

// runtimeVersion is that of ONNX Runtime in the measurement; "" where it is not a plain version.
func runtimeVersion(r *reports.Report) string {
	for _, s := range r.Settings {
		if s.Backend == engine && s.Engine != nil && s.Engine.Version != "" && strings.Trim(s.Engine.Version, "0123456789.") == "" {
			return s.Engine.Version
		}
	}
	return ""
}

// onGPU reports whether the model was measured with a provider on a GPU.
func onGPU(r *reports.Report) bool {
	return slices.ContainsFunc(providers(r), func(p string) bool { return p != "CPUExecutionProvider" })
}

// providers are those of ONNX Runtime that the model was measured with, the fastest first. The CPU always comes last: an older
// MLflow knows no other.
func providers(r *reports.Report) []string {
	var list []string
	for _, p := range [][2]string{{"tensorrt", "TensorrtExecutionProvider"}, {"cuda", "CUDAExecutionProvider"}} {
		for _, c := range r.Comparisons {
			if c.Backend == engine && c.Provider == p[0] {
				list = append(list, p[1])
				break
			}
		}
	}
	return append(list, "CPUExecutionProvider")
}

// descriptor is the file by which MLflow knows the folder for a model. JSON strings are YAML strings, too.
func descriptor(f *release.Folder, run string, s model.Signature) string {
	var b strings.Builder
	_, made := times(f.Report)
	fmt.Fprintf(&b, "artifact_path: %s\nflavors:\n", modelFolder)
	fmt.Fprintf(&b, "  onnx:\n    code: null\n    data: %s\n    onnx_session_options: null\n    onnx_version: %s\n    providers:\n", release.ModelFile, onnxVersion)
	for _, p := range providers(f.Report) {
		fmt.Fprintf(&b, "    - %s\n", p)
	}
	fmt.Fprintf(&b, "  python_function:\n    data: %s\n    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: mlflow.onnx\n    python_version: %q\n", release.ModelFile, python)
	fmt.Fprintf(&b, "metadata:\n  acdeploy_digest: %q\n", f.Digest)
	fmt.Fprintf(&b, "model_uuid: %q\nrun_id: %q\n", f.Digest[:min(len(f.Digest), 32)], run)
	inputs, ok := columns(s.Inputs)
	outputs, also := columns(s.Outputs)
	if ok && also {
		fmt.Fprintf(&b, "signature:\n  inputs: %s\n  outputs: %s\n  params: null\n", quoted(inputs), quoted(outputs))
	}
	fmt.Fprintf(&b, "utc_time_created: %q\n", time.UnixMilli(made).UTC().Format("2006-01-02 15:04:05.000000"))
	return b.String()
}

func quoted(text string) string {
	q, _ := json.Marshal(text) // of a string: it does not fail
	return string(q)
}

// columns writes a signature as MLflow does; not ok where MLflow has no word for a type or a shape.
func columns(specs []tensor.Spec) (text string, ok bool) {
	type column struct {
		Name string `json:"name"`
		Type string `json:"type"`
		Spec struct {
			Type  string  `json:"dtype"`
			Shape []int64 `json:"shape"`
		} `json:"tensor-spec"`
	}
	list := []column{}
	for _, s := range specs {
		dtype, known := numpyType(s.Type)
		if !known || !s.Ranked {
			return "", false
		}
		c := column{Name: s.Name, Type: "tensor"}
		c.Spec.Type, c.Spec.Shape = dtype, []int64{}
		for _, d := range s.Shape {
			c.Spec.Shape = append(c.Spec.Shape, max(d.Size, -1))
		}
		list = append(list, c)
	}
	out, err := json.Marshal(list)
	return string(out), err == nil
}

// numpyType is what NumPy calls a type of ONNX.
func numpyType(t tensor.Type) (string, bool) {
	name, ok := map[tensor.Type]string{
		tensor.Float16: "float16", tensor.Float32: "float32", tensor.Float64: "float64", tensor.Bool: "bool", tensor.String: "object",
		tensor.Int8: "int8", tensor.Int16: "int16", tensor.Int32: "int32", tensor.Int64: "int64",
		tensor.Uint8: "uint8", tensor.Uint16: "uint16", tensor.Uint32: "uint32", tensor.Uint64: "uint64",
	}[t]
	return name, ok
}
