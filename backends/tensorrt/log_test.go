//go:build unix

package tensorrt

import (
	"os"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

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
	checkError(t, "read", err, "long.raw has 8 bytes, and shape [1] of float needs 4")
}

// TestRealEcho asks a real trtexec whether it takes the settings, as far as it goes without a GPU.
func TestRealEcho(t *testing.T) {
	path := os.Getenv("ACDEPLOY_TRTEXEC")
	if path == "" {
		t.Skip("ACDEPLOY_TRTEXEC names no trtexec")
	}
	p, err := ask(t.Context(), path)
	if err != nil {
		t.Skip(err)
	}
	s := New().settings()
	s.iterations, s.warmUp = 20, 500
	shapes := []named{{"x:0", []int64{1, 3}}}
	build, err := p.buildFlags(s, "absent.onnx", "t.cache", shapes)
	if err != nil {
		t.Fatal(err)
	}
	once, err := p.runFlags(s, "absent.plan", shapes, []string{"x:0"})
	if err != nil {
		t.Fatal(err)
	}
	timed, err := p.timeFlags(s, "absent.plan", shapes, []string{"x:0"})
	if err != nil {
		t.Fatal(err)
	}
	still := s
	still.cudaGraph = false
	layers, err := p.profileFlags(still, "absent.plan", shapes, []string{"x:0"})
	if err != nil {
		t.Fatal(err)
	}
	if p.has(pinFlag) {
		build = append(build, "--"+pinFlag)
	}
	for name, step := range map[string]struct {
		flags []string
		want  []setting
	}{"build": {build, p.buildEcho(s)}, "run": {once, runEcho(s)}, "time": {timed, timeEcho(s)}, "profile": {layers, timeEcho(still)}} {
		out := run(t.Context(), command{path: path, args: step.flags, folder: t.TempDir(), timeout: probeTime})
		if strings.Contains(out.stderr, "Unknown option") {
			t.Errorf("%s: %s", name, out.stderr)
		}
		if !strings.Contains(out.stdout, "=== Inference Options ===") {
			t.Logf("%s: this version echoes nothing without a GPU", name)
			continue
		}
		if err := held(out.stdout, step.want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
