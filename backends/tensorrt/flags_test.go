//go:build unix

package tensorrt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// knownProgram is the program of a version, with the options that its help names.
func knownProgram(t *testing.T, version string) program {
	t.Helper()
	p, err := ask(t.Context(), trtexec(t, version).Trtexec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFlags(t *testing.T) {
	type step func(p program, s settings) ([]string, error)
	shapes := []named{{"x", []int64{1, 3, 224, 224}}}
	build := step(func(p program, s settings) ([]string, error) { return p.buildFlags(s, "/m.onnx", "/t.cache", shapes) })
	fixed := step(func(p program, s settings) ([]string, error) { return p.buildFlags(s, "/m.onnx", "", nil) })
	once := step(func(p program, s settings) ([]string, error) {
		return p.runFlags(s, "/e.plan", shapes, []string{"x", "y:0"})
	})
	timed := step(func(p program, s settings) ([]string, error) { return p.timeFlags(s, "/e.plan", nil, []string{"x"}) })
	profiled := step(func(p program, s settings) ([]string, error) { return p.profileFlags(s, "/e.plan", nil, []string{"x"}) })
	set := func(precision string, graph bool) settings {
		return settings{device: 1, precision: precision, level: 4, workspace: 512, cudaGraph: graph, iterations: 20, warmUp: 500}
	}
	const (
		head = "--onnx=/m.onnx --saveEngine=engine.plan --timingCacheFile=/t.cache --profilingVerbosity=detailed"
		tail = " --builderOptimizationLevel=4 --memPoolSize=workspace:512M --minShapes=x:1x3x224x224 --optShapes=x:1x3x224x224" +
			" --maxShapes=x:1x3x224x224 --skipInference --exportLayerInfo=layers.json --device=1"
		load  = "--loadEngine=/e.plan --device=1 --shapes=x:1x3x224x224 --loadInputs=x:input0.bin,'y:0':input1.bin"
		raw   = " --iterations=1 --duration=0 --warmUp=0 --dumpRawBindingsToFile"
		still = "--loadEngine=/e.plan --device=1 --loadInputs=x:input0.bin"
		spun  = " --noDataTransfers --useSpinWait --separateProfileRun"
		clock = " --infStreams=1 --iterations=20 --duration=0 --warmUp=500 --exportTimes=times.json"

		layers = " --infStreams=1 --iterations=20 --duration=0 --warmUp=500 --exportProfile=profile.json"
	)
	tests := []struct {
		name, version string
		step          step
		settings      settings
		want          string // the flags, or the refusal after "!"
	}{
		{"build_fp32", "8.6.1", build, set("fp32", true), head + " --noTF32" + tail},
		{"build_fp32", "10.15.1", build, set("fp32", true), head + " --noTF32" + tail},
		{"build_fp32", "11.1.0", build, set("fp32", true), head + " --noTF32" + tail},
		{"build_tf32", "10.9.0", build, set("tf32", true), head + tail},
		{"build_fp16", "8.6.1", build, set("fp16", true), head + " --noTF32 --fp16" + tail},
		{"build_bf16", "10.9.0", build, set("bf16", true), head + " --noTF32 --bf16" + tail},
		{"build_bf16", "8.6.1", build, set("bf16", true), "!does not have this precision"},
		{"build_fp16", "11.1.0", build, set("fp16", true), "!takes the types of the model"},
		{"build_of_fixed_shapes", "10.9.0", fixed, set("fp32", true), "--onnx=/m.onnx --saveEngine=engine.plan --profilingVerbosity=detailed --noTF32" +
			" --builderOptimizationLevel=4 --memPoolSize=workspace:512M --skipInference --exportLayerInfo=layers.json --device=1"},
		{"run", "8.6.1", once, set("fp32", true), load + raw},
		{"run", "10.15.1", once, set("fp32", true), load + raw},
		{"run", "11.1.0", once, set("fp32", true), load + raw + " --includeDataTransfers --noCudaGraph"},
		{"time", "8.6.1", timed, set("fp32", true), still + spun + " --useCudaGraph" + clock},
		{"time", "10.15.1", timed, set("fp32", true), still + spun + " --useCudaGraph" + clock},
		{"time_without_graph", "10.15.1", timed, set("fp32", false), still + spun + clock},
		{"time", "11.1.0", timed, set("fp32", true), still + clock},
		{"profile", "8.6.1", profiled, set("fp32", true), still + " --noDataTransfers --useSpinWait" + layers},
		{"profile", "11.1.0", profiled, set("fp32", true), still + " --noCudaGraph" + layers},
		{"time_without_graph", "11.1.0", timed, set("fp32", false), still + " --noCudaGraph" + clock},
	}
	for _, test := range tests {
		t.Run(test.name+"_"+test.version, func(t *testing.T) {
			p := knownProgram(t, test.version)
			flags, err := test.step(p, test.settings)
			if refusal, refused := strings.CutPrefix(test.want, "!"); refused {
				checkError(t, "flags", err, refusal)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, strings.Join(flags, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range flags {
				name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
				if !p.has(name) {
					t.Errorf("%s does not know --%s", test.version, name)
				}
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for name, want := range map[string]string{"x": "x", "a:0": "'a:0'", "a b": "'a b'", "x/y.1": "x/y.1"} {
		if got, err := quote(name); err != nil || got != want {
			t.Errorf("%q is written %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "a,b", "a'b", `a"b`, "a*", "a\tb"} {
		if got, err := quote(name); err == nil {
			t.Errorf("%q is written %s", name, got)
		}
	}
}
