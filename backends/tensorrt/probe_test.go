//go:build unix

package tensorrt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
)

func TestEntry(t *testing.T) {
	c := catalog.Catalog[backends.Backend]{Entry()}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	made, err := c.Make("tensorrt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.(*TensorRT).Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestValidateRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*TensorRT)
		want   string
	}{
		"unknown_precision": {func(b *TensorRT) { b.Precision = "fp61" }, `precision "fp61" is not known, did you mean "fp16"?`},
		"negative_device":   {func(b *TensorRT) { b.Device = -1 }, "device is -1"},
		"level_6":           {func(b *TensorRT) { b.BuilderLevel = 6 }, "builder_level is 6"},
		"no_workspace":      {func(b *TensorRT) { b.Workspace = 0 }, "workspace is 0 MiB"},
		"no_time":           {func(b *TensorRT) { b.Timeout = 0 }, "timeout is 0s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := New()
			test.change(b)
			err := b.Check(t.Context())
			checkError(t, "check", err, test.want)
			if errors.Is(err, backends.ErrUnavailable) {
				t.Error("a wrong option must not count as an engine that is not there")
			}
		})
	}
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	tests := map[string]string{
		"no_gpu":      "TensorRT: no GPU can be used: CUDA driver version is insufficient for CUDA runtime version; run on a machine with an NVIDIA GPU",
		"no_devices":  "TensorRT: there is no GPU; run on a machine with an NVIDIA GPU",
		"no_cudart":   "TensorRT: the library libcudart.so.12 is missing; install the libraries of TensorRT and CUDA",
		"no_library":  "TensorRT: the library libnvinfer.so.10 cannot be loaded: libnvinfer.so.10: cannot open shared object file",
		"no_plugin":   "TensorRT: the library libnvinfer_plugin.so.10 cannot be loaded: libnvinfer_plugin.so.10: cannot open",
		"not_trtexec": "does not answer as trtexec does; install NVIDIA TensorRT",
	}
	for fault, want := range tests {
		for _, version := range versions() {
			t.Run(fault+"_"+version, func(t *testing.T) {
				err := trtexec(t, version+" "+fault).Check(t.Context())
				if !errors.Is(err, backends.ErrUnavailable) {
					t.Errorf("error is %v, want an Unavailable", err)
				}
				checkError(t, "check", err, want)
			})
		}
	}
}

func TestDeviceThatIsNotThereIsAnErrorOfItsOwn(t *testing.T) {
	b := trtexec(t, "10.9.0")
	b.Device = 3
	err := b.Check(t.Context())
	checkError(t, "check", err, "there is no GPU 3; correct the option device")
	if errors.Is(err, backends.ErrUnavailable) {
		t.Error("a wrong device must not count as an engine that is not there")
	}
}

func TestVersionsThatAreTooOld(t *testing.T) {
	err := trtexec(t, "8.5.3").Check(t.Context())
	checkError(t, "check", err, "is of TensorRT 8.5.3, older than 8.6")
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "trtexec")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("ACDEPLOY_TRTEXEC", "")
	if path, source, err := find(""); err != nil || path != program || source != "PATH" {
		t.Errorf("found %q by %q, %v", path, source, err)
	}
	t.Setenv("ACDEPLOY_TRTEXEC", filepath.Join(dir, "absent"))
	_, _, err := find("")
	checkError(t, "find", err, "ACDEPLOY_TRTEXEC names "+filepath.Join(dir, "absent")+", which cannot be run; correct ACDEPLOY_TRTEXEC, or unset it")
	if path, source, err := find(program); err != nil || path != program || source != "trtexec" {
		t.Errorf("found %q by %q, %v", path, source, err)
	}
	t.Setenv("ACDEPLOY_TRTEXEC", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := os.Stat("/usr/src/tensorrt/bin/trtexec"); err == nil {
		t.Skip("this machine has a trtexec in a usual place")
	}
	_, _, err = find("")
	checkError(t, "find", err, "no trtexec was found on the PATH; install NVIDIA TensorRT 8.6, 10 or 11 and set ACDEPLOY_TRTEXEC")
}

// TestRealTrtexec asks a real trtexec what it is and, on a machine without a GPU, what it says then.
func TestRealTrtexec(t *testing.T) {
	path := os.Getenv("ACDEPLOY_TRTEXEC")
	if path == "" {
		t.Skip("ACDEPLOY_TRTEXEC names no trtexec")
	}
	p, err := ask(t.Context(), path)
	if errors.Is(err, backends.ErrUnavailable) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Logf("TensorRT %s%s, %d options", p.version, p.version.build, len(p.options))
	if !p.version.atLeast(oldestMajor, oldestMinor) || p.version.major > 50 {
		t.Errorf("version is %s", p.version)
	}
	for _, option := range []string{
		"onnx", "saveEngine", "loadEngine", "shapes", "minShapes", "optShapes", "maxShapes", "memPoolSize", "timingCacheFile",
		"builderOptimizationLevel", "profilingVerbosity", "skipInference", "device", "iterations", "duration", "warmUp",
		"infStreams", "loadInputs", "exportTimes", "exportLayerInfo", "dumpRawBindingsToFile", "noTF32", "exportProfile",
	} {
		if !p.has(option) {
			t.Errorf("the help names no --%s", option)
		}
	}
	if old := p.version.major < 11; p.has("fp16") != old || p.has("includeDataTransfers") == old {
		t.Errorf("fp16 %t, includeDataTransfers %t", p.has("fp16"), p.has("includeDataTransfers"))
	}
	err = New().Check(t.Context())
	switch {
	case err == nil:
		t.Log("there is a GPU")
	case !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "; "):
		t.Errorf("without a GPU the error is %v, want an Unavailable with a remedy", err)
	default:
		t.Logf("skipped where it is needed: %v", err)
	}
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
