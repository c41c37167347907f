//go:build unix

package tensorrt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// double is a model that doubles what it is given; a negative size is open.
func double(t *testing.T, input, output string, size int64) backends.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = "double"
	dim := tensor.Dim{Size: size}
	if size < 0 {
		dim.Param = "N"
	}
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{dim}}
	x, err := m.Graph.AddInput(input, typ)
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Graph.AddValue(output)
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Add", x, x)
	n.Name = "twice"
	if err := n.AddOutput(y); err != nil {
		t.Fatal(err)
	}
	m.Graph.Append(n)
	y.SetType(typ)
	m.Graph.AddOutput(y)
	path := filepath.Join(t.TempDir(), "double.onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return backends.Model{Name: "double.onnx", Path: path, Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs())}
}

func open(t *testing.T, b *TensorRT, m backends.Model) *session {
	t.Helper()
	s, err := b.Open(t.Context(), m, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.(*session)
}

func numbers(n int) *tensor.Tensor {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(i)
	}
	return tensor.Of([]int64{int64(n)}, data...)
}

func TestFaultsOfBuilding(t *testing.T) {
	tests := map[string]string{
		"no_builder_resource": "this TensorRT is not complete: it lacks libnvinfer_builder_resource_sm90.so.10.15.1 for this GPU",
		"crashes":             "trtexec could not build an engine: it crashed (segmentation fault)",
		"empty_engine":        "the builder made no engine",
		"no_engine":           "the builder made no engine: 10: Could not find any implementation for node conv1.",
		"silent_failure":      "it ended with exit status 1",
		"missing_plan":        "it wrote no engine",
		"empty_plan":          "it wrote no engine",
		"missing_layers":      "it did not describe the engine's layers",
	}
	for fault, want := range tests {
		for _, version := range versions() {
			t.Run(fault+"_"+version, func(t *testing.T) {
				b := trtexec(t, version+" "+fault)
				_, err := b.Open(t.Context(), double(t, "x", "y", 3), backends.Tuning{})
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error is %v, want %q", err, want)
				}
				left, _ := filepath.Glob(filepath.Join(b.Cache, "*", planFile))
				partial, _ := filepath.Glob(filepath.Join(b.Cache, ".partial*"))
				if len(left)+len(partial) > 0 {
					t.Errorf("it left %v %v", left, partial)
				}
			})
		}
	}
}

func TestFaultsOfRunning(t *testing.T) {
	tests := map[string]struct {
		run, time string // what the errors say; "" where there is none
	}{
		"bad_engine":      {"the engine is of another version of TensorRT", "the engine is of another version of TensorRT"},
		"wrong_size":      {"the input file input0.bin has 12 bytes, the engine takes 16", "the input file input0.bin"},
		"cannot_read":     {"it cannot open the file input0.bin", "it cannot open the file input0.bin"},
		"inference":       {"the run failed: IExecutionContext::enqueueV3: Error Code 1: Cask", "the run failed"},
		"missing_raw":     {"output y: trtexec did not write y.output.3.fp32.raw", ""},
		"short_raw":       {"output y: y.output.3.fp32.raw has 11 bytes, and shape [3] of float needs 12", ""},
		"no_graph":        {"", "cannot be captured as a CUDA graph; set cuda_graph: false"},
		"no_times":        {"", "it wrote no times"},
		"few_times":       {"", "1 runs instead of 5"},
		"truncated_times": {"", "read the times of trtexec: this is not a list of times"},
		"unknown_option":  {"", "it does not know the option --infStreams"},

		"transfers_forgotten": {"", `trtexec used "Enabled" for "Data transfers" instead of "Disabled"`},
	}
	for fault, test := range tests {
		for _, version := range versions() {
			t.Run(fault+"_"+version, func(t *testing.T) {
				s := open(t, trtexec(t, version+" "+fault), double(t, "x", "y", -1))
				in := tensor.Map{"x": numbers(3)}
				_, err := s.Run(t.Context(), in)
				checkError(t, "run", err, test.run)
				_, err = s.Time(t.Context(), in, backends.Timing{Runs: 5})
				checkError(t, "time", err, test.time)
			})
		}
	}
}

func checkError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")):
		t.Errorf("%s: error is %v, want %q", what, err, want)
	}
}

func TestGraphThatIsNotProvenIsNoGraph(t *testing.T) {
	s := open(t, trtexec(t, "10.15.1 graph_unsaid"), double(t, "x", "y", -1))
	in := tensor.Map{"x": numbers(3)}
	_, err := s.Time(t.Context(), in, backends.Timing{Runs: 5})
	checkError(t, "time", err, "does not say that it captured")
	b := trtexec(t, "10.15.1 no_graph")
	b.CUDAGraph = false
	if _, err := open(t, b, double(t, "x", "y", -1)).Time(t.Context(), in, backends.Timing{Runs: 5}); err != nil {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	for _, version := range versions() {
		s := open(t, trtexec(t, version), double(t, "x", "y", -1))
		times, err := s.Time(t.Context(), tensor.Map{"x": numbers(3)}, backends.Timing{Runs: 3, WarmUp: 250 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(times.Runs, []int64{125_000, 126_000, 127_000}) || times.Clock != backends.ClockGPU {
			t.Errorf("%s: times are %+v", version, times)
		}
		for _, want := range []string{"GPU compute time is unstable", "generated with INT64 weights"} {
			if !slices.ContainsFunc(times.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
				t.Errorf("%s: warnings %q lack %q", version, times.Warnings, want)
			}
		}
	}
}

func TestTypesThatWouldChange(t *testing.T) {
	m := double(t, "x", "y", 3)
	m.Inputs[0].Type = tensor.Int64
	_, err := trtexec(t, "8.6.1").Open(t.Context(), m, backends.Tuning{})
	checkError(t, "open", err, "input x: TensorRT 8.6.1 does not take a value of type int64")
	m.Inputs[0].Type = tensor.Float64
	_, err = trtexec(t, "11.1.0").Open(t.Context(), m, backends.Tuning{})
	checkError(t, "open", err, "does not take a value of type double")
}
