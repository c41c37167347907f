//go:build unix

package tensorrt

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
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
