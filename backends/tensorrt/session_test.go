//go:build unix

package tensorrt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// versions are those that the fake knows.
func versions() []string { return []string{"8.6.1", "10.9.0", "10.15.1", "11.1.0"} }

func TestSuite(t *testing.T) {
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			types := []tensor.Type{tensor.Float32, tensor.Float16, tensor.Int32, tensor.Uint8, tensor.Bool}
			if version != "8.6.1" {
				types = append(types, tensor.BFloat16, tensor.Int8, tensor.Int64)
			}
			backendtest.Run(t, trtexec(t, version), backendtest.Claims{Types: types})
		})
	}
}

// TestRealSuite runs the suite on a real trtexec, where there is one and a GPU for it.
func TestRealSuite(t *testing.T) {
	b := New()
	b.Cache = t.TempDir()
	p, err := b.program(t.Context())
	if errors.Is(err, backends.ErrUnavailable) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	claims := backendtest.Claims{}
	for _, typ := range []tensor.Type{
		tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Bool, tensor.Uint8, tensor.Int8, tensor.Int32, tensor.Int64,
	} {
		if p.carries(typ) {
			claims.Types = append(claims.Types, typ)
		}
	}
	backendtest.Run(t, b, claims)
}

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
	y.Type = typ
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

func TestOddNames(t *testing.T) {
	long := strings.Repeat("a", 200)
	for _, name := range []string{"Input:0", "a b", "x/y", "(x)", long} {
		for _, version := range versions() {
			s := open(t, trtexec(t, version), double(t, name, name+"/out", -1))
			out, err := s.Run(t.Context(), tensor.Map{name: numbers(3)})
			if err != nil {
				t.Errorf("%q: %v", name, err)
			} else if got := out[name+"/out"].Float64s()[2]; got != 4 {
				t.Errorf("%q: got %g", name, got)
			}
		}
	}
	for _, name := range []string{"a,b", "a'b", "a*", "a\nb"} {
		_, err := trtexec(t, "10.9.0").Open(t.Context(), double(t, name, "y", -1), backends.Tuning{})
		if err == nil || !strings.Contains(err.Error(), "rename the input") {
			t.Errorf("%q: error is %v", name, err)
		}
	}
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
		"short_raw":       {"output y: y.output.3.fp32.raw has 11 bytes, shape [3] of float needs 12", ""},
		"no_graph":        {"", "cannot be captured as a CUDA graph; set cuda_graph: false"},
		"no_times":        {"", "it wrote no times"},
		"few_times":       {"", "1 runs instead of 5"},
		"truncated_times": {"", "read the times of trtexec: it is no list of times"},
		"unknown_option":  {"", "it does not know the option --infStreams"},

		"transfers_forgotten": {"", `trtexec took "Enabled" for "Data transfers", asked was "Disabled"`},
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

func TestHangEndsWithTheWholeGroup(t *testing.T) {
	b := trtexec(t, "10.9.0 hangs")
	b.Timeout = 2 * time.Second
	_, err := b.Open(t.Context(), double(t, "x", "y", 3), backends.Tuning{})
	checkError(t, "open", err, "it did not end within 2s and was killed; raise the option timeout")
	text, err := os.ReadFile(filepath.Join(b.Cache, "child"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		// Whoever inherits a killed child may not have collected it yet.
		state, err := os.ReadFile("/proc/" + string(text) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("what trtexec started is still alive")
}

func TestCancelKillsTheBuild(t *testing.T) {
	b := trtexec(t, "10.9.0 hangs")
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.Check(ctx); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := b.Open(ctx, double(t, "x", "y", 3), backends.Tuning{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestPrecision(t *testing.T) {
	tests := []struct{ version, precision, want string }{
		{"8.6.1", "fp32", ""},
		{"8.6.1", "fp16", ""},
		{"8.6.1", "bf16", "TensorRT 8.6.1 does not have it"},
		{"10.9.0", "bf16", ""},
		{"10.15.1", "fp16", ""},
		{"11.1.0", "tf32", ""},
		{"11.1.0", "fp16", "TensorRT 11.1.0 takes the types of the model as they are; convert the model to fp16 itself"},
	}
	for _, test := range tests {
		b := trtexec(t, test.version)
		b.Precision = test.precision
		err := b.Check(t.Context())
		checkError(t, test.version+" "+test.precision, err, test.want)
		if errors.Is(err, backends.ErrUnavailable) {
			t.Error("a precision that is refused must not count as an engine that is not there")
		}
		if test.want == "" {
			open(t, b, double(t, "x", "y", 3))
		}
	}
}

func TestTypesThatWouldChange(t *testing.T) {
	m := double(t, "x", "y", 3)
	m.Inputs[0].Type = tensor.Int64
	_, err := trtexec(t, "8.6.1").Open(t.Context(), m, backends.Tuning{})
	checkError(t, "open", err, "input x: TensorRT 8.6.1 cannot be handed a value of type int64")
	m.Inputs[0].Type = tensor.Float64
	_, err = trtexec(t, "11.1.0").Open(t.Context(), m, backends.Tuning{})
	checkError(t, "open", err, "cannot be handed a value of type double")
}

func TestPlanHasTheTimesOfTheLayers(t *testing.T) {
	in := tensor.Map{"x": numbers(3)}
	for _, version := range versions() {
		s := open(t, trtexec(t, version), double(t, "x", "y", 3))
		plan := func() backends.Step {
			t.Helper()
			p, err := s.Plan()
			if err != nil {
				t.Fatal(err)
			}
			return p.Steps[0]
		}
		if step := plan(); step.Nanoseconds != 0 {
			t.Errorf("%s: a time without a run: %+v", version, step)
		}
		if _, err := s.Run(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if step := plan(); step.Nanoseconds != 25_000 {
			t.Errorf("%s: step is %+v, want 25 µs", version, step)
		}
	}
	s := open(t, trtexec(t, "10.9.0 no_profile"), double(t, "x", "y", 3))
	if _, err := s.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan()
	if err != nil || p.Steps[0].Nanoseconds != 0 || !strings.Contains(p.Note, "its layers were not timed: trtexec could not time the engine's layers: it wrote no times") {
		t.Errorf("plan is %+v, %v", p, err)
	}
}

func TestPlanHasCanonicalNames(t *testing.T) {
	plan := func(version, input, output string) string {
		s := open(t, trtexec(t, version), double(t, input, output, 3))
		p, err := s.Plan()
		if err != nil {
			t.Fatal(err)
		}
		return p.Steps[0].Op + " " + p.Steps[0].Detail
	}
	for _, version := range versions() {
		if a, b := plan(version, "x", "y"), plan(version, "other", "names"); a != b {
			t.Errorf("%s: %q and %q differ by names", version, a, b)
		}
	}
	s := open(t, trtexec(t, "10.9.0"), double(t, "x", "y", -1))
	if _, err := s.Plan(); err == nil {
		t.Error("a session that has no engine yet gave a plan")
	}
}
