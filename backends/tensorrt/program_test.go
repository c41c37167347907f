//go:build unix

package tensorrt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

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

func TestPrecision(t *testing.T) {
	tests := []struct{ version, precision, want string }{
		{"8.6.1", "fp32", ""},
		{"8.6.1", "fp16", ""},
		{"8.6.1", "bf16", "TensorRT 8.6.1 does not have this precision"},
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
