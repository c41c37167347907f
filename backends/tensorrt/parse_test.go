//go:build unix

package tensorrt

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestParseVersion(t *testing.T) {
	tests := map[string]string{
		"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec":            "8.6.1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v100600] [b26] # trtexec -x": "10.6.0 b26",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v101501] [b29] # trtexec":    "10.15.1 b29",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b106] # trtexec":   "11.1.0 b106",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v101312] [b1] # trtexec":     "10.13.12 b1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v90300] [b1] # trtexec":      "9.3.0 b1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v8503] # trtexec":            "8.5.3",
	}
	for line, want := range tests {
		v, ok := parseVersion(line + "\n")
		if got := strings.TrimSpace(v.String() + " " + v.build); !ok || got != want {
			t.Errorf("%s: version %q, want %q", line, got, want)
		}
	}
	for _, line := range []string{"", "TensorRT v8601", "&&&& RUNNING TensorRT.trtexec [TensorRT v99999999999999999999] #"} {
		if v, ok := parseVersion(line); ok {
			t.Errorf("%q is version %s", line, v)
		}
	}
}

func TestParseHelp(t *testing.T) {
	got := parseHelp(`&&&& RUNNING TensorRT.trtexec [TensorRT v101501] [b29] # trtexec --help
=== Model Options ===
  --onnx=<file>               ONNX model
  --versionCompatible, --vc          Mark the engine as version compatible.
                                     --profilingVerbosity begins a wrapped line
  --best                             Enable all precisions (default = disabled). See --fp16
  --help, -h                  Print this message
`)
	want := map[string]bool{"onnx": true, "versionCompatible": true, "vc": true, "best": true, "help": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseTimes(t *testing.T) {
	good := `[
  { "startEnqMs" : 3203.26, "endEnqMs" : 3203.27, "computeMs" : 0.121826, "latencyMs" : 0.121826 }
, { "startEnqMs" : 3203.39, "computeMs" : 1.23457e+06, "latencyMs" : 1 }
]
`
	got, err := parseTimes([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{121_826, 1_234_570_000_000}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for fact, text := range map[string]string{
		"truncated": good[:60], "bare_nan": `[{"computeMs" : nan}]`, "bare_inf": `[{"computeMs" : inf}]`, "no_compute": `[{"latencyMs" : 1}]`,
		"negative": `[{"computeMs" : -1}]`, "empty": `[]`, "no_list": `{}`, "nothing": ``, "huge": `[{"computeMs" : 1e300}]`,
	} {
		if times, err := parseTimes([]byte(text)); err == nil {
			t.Errorf("%s: %v", fact, times)
		}
	}
}

func TestParseProfile(t *testing.T) {
	text, err := os.ReadFile("testdata/profile.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{
		"Reformatting CopyNode for Input Tensor 0 to conv1 + relu1": 5120, "conv1 + relu1": 20_480, `a "quoted\name"`: 1_234_570_000_000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for fact, text := range map[string]string{
		"nothing": ``, "only_the_count": "[\n  { \"count\" : 50 }\n]\n",
		"nan":      `, {"name" : "a", "timeMs" : nan, "averageMs" : nan, "medianMs" : nan, "percentage" : nan }`,
		"negative": `, {"name" : "a", "timeMs" : -1, "averageMs" : -1, "medianMs" : -1, "percentage" : 1 }`,
		"huge":     `, {"name" : "a", "timeMs" : 1, "averageMs" : 1, "medianMs" : 1e300, "percentage" : 1 }`,
	} {
		if times, err := parseProfile([]byte(text)); err == nil {
			t.Errorf("%s: %v", fact, times)
		}
	}
}

func TestParseLayers(t *testing.T) {
	plan := func(file string) backends.Plan {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parseLayers(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	old := plan("layers-10.json")
	want := backends.Plan{Steps: []backends.Step{
		{
			Name: "Reformatting CopyNode for Input Tensor 0 to conv1 + relu1", Op: "Reformat",
			Detail: "t0[1,3,224,224] Row major linear FP32 -> t1[1,3,224,224] Channel major FP32 format where channel % 4 == 0; Origin REFORMAT; TacticValue 0x0000000000000000",
		},
		{
			Name: "conv1 + relu1", Op: "CaskConvolution/Convolution",
			Detail: "t1[1,3,224,224] Channel major FP32 format where channel % 4 == 0 -> t2[1,64,112,112] Row major linear FP32; Activation RELU; Bias Float 64; " +
				"HasBias 1; Kernel [7,7]; Stride [2,2]; TacticName sm80_xmma_fprop_implicit_gemm; TacticValue 0x0f47434ace2a7d18; Weights Float 9408",
		},
	}}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	modern := plan("layers-11.json")
	if got := modern.Steps[0].Detail; got != "t0[1,3,8,8] Row major linear FP32 -> t1[1,4,8,8] Row major linear FP32; TacticName sm90_xmma; TacticValue 0x1" {
		t.Errorf("detail is %q", got)
	}
	names := plan("layers-names.json")
	if len(names.Steps) != 2 || names.Steps[1].Name != "fc + softmax" {
		t.Errorf("plan is %+v", names)
	}
}

func TestParseLayersRefuses(t *testing.T) {
	for fact, text := range map[string]string{
		"truncated": `{"Layers":["a"`, "empty": `{"Layers":[]}`, "nothing": ``, "numbers": `{"Layers":[1]}`, "no_object": `[]`,
	} {
		if p, err := parseLayers([]byte(text)); err == nil {
			t.Errorf("%s: %+v", fact, p)
		}
	}
	// What is of another kind than expected is no reason to fail.
	if _, err := parseLayers([]byte(`{"Layers":[{"Name":3,"Inputs":"x","Outputs":[1],"Weights":7}]}`)); err != nil {
		t.Error(err)
	}
}

func TestOutputsThatShareAFile(t *testing.T) {
	stdout := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp32 and dimensions 1) to a_0.output.1.fp32.raw\n" +
		"[11/23/2026-23:44:33] [I] Writing file for output binding a/0 (with datatype fp32 and dimensions 1) to a_0.output.1.fp32.raw\n"
	specs := []tensor.Spec{{Name: "a:0", Type: tensor.Float32}}
	_, err := readOutputs(t.TempDir(), stdout, specs)
	checkError(t, "read", err, "its name is too like that of output a/0")
	escape := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp32 and dimensions 1) to ../a.raw\n"
	_, err = readOutputs(t.TempDir(), escape, specs)
	checkError(t, "read", err, "outside its folder")
	narrow := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp16 and dimensions 1) to a.raw\n"
	_, err = readOutputs(t.TempDir(), narrow, specs)
	checkError(t, "read", err, "TensorRT gives fp16, the model declares fp32")
}

// TestEverySettingIsProven lists what trtexec has to echo in each step.
func TestEverySettingIsProven(t *testing.T) {
	names := func(list []setting) string {
		var all []string
		for _, s := range list {
			all = append(all, s.name+"="+s.value)
		}
		return strings.Join(all, ", ")
	}
	s := settings{device: 1, precision: "fp32", level: 4, cudaGraph: true, iterations: 20, warmUp: 500}
	for want, got := range map[string]string{
		"Skip inference=Enabled, Save engine=engine.plan, Profiling verbosity=2, BuilderOptimizationLevel=4, Device=1": names(program{}.buildEcho(s)),
		"Data transfers=Enabled, CUDA Graph=Disabled, Iterations=1, Device=1":                                          names(runEcho(s)),
		"Data transfers=Disabled, Spin-wait=Enabled, CUDA Graph=Enabled, ExposeDMA=Disabled, Inference Streams=1, Idle time=0ms, Iterations=20, " +
			"Duration=0s (+ 500ms warm up), Device=1": names(timeEcho(s)),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	const at = "[11/23/2026-23:44:33] [I] "
	twice := at + "=== System Options ===\n" + at + "Device: 1\n" + at + "Device: 2\n"
	if err := held(twice, []setting{{systemSection, "Device", "1"}}); err != nil {
		t.Errorf("the first line of a name does not count: %v", err)
	}
}

// TestLastDumpCounts writes an output twice, and then one that is too long.
func TestLastDumpCounts(t *testing.T) {
	dir := t.TempDir()
	line := func(file string) string {
		return "[11/23/2026-23:44:33] [I] Writing file for output binding y (with datatype fp32 and dimensions 1) to " + file + "\n"
	}
	for name, raw := range map[string][]byte{"old.raw": {0, 0, 0, 0}, "new.raw": {0, 0, 0x80, 0x3f}, "long.raw": make([]byte, 8)} {
		if err := os.WriteFile(dir+"/"+name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	specs := []tensor.Spec{{Name: "y", Type: tensor.Float32}}
	out, err := readOutputs(dir, line("old.raw")+line("new.raw"), specs)
	if err != nil || out["y"].Float64s()[0] != 1 {
		t.Errorf("got %v, %v", out, err)
	}
	_, err = readOutputs(dir, line("long.raw"), specs)
	checkError(t, "read", err, "long.raw has 8 bytes, shape [1] of float needs 4")
}
