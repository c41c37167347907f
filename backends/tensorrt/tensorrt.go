// Package tensorrt builds, runs and times models with NVIDIA TensorRT, through its program trtexec.
//
// A process of its own does each step, so no library of TensorRT is loaded here: it may crash, abort or
// hang without harm. TensorRT 8.6, 10 and 11 are known; what a trtexec can do is read from its help, every
// setting whose default has moved between versions is given outright, and what trtexec echoes is
// compared with what was asked.
//
// An engine is built for the model, the shapes and the precision at hand, kept in a cache with its
// digest, and the same engine answers ([backends.Session]), is timed ([backends.Timer]) and explained
// ([backends.Planner]). Engines hold native code: one that acdeploy did not build, or whose bytes are not
// those that it wrote, is never loaded.
//
// Times are those of the GPU between two events around the kernels, without copies. They are no times
// of a host, and are never compared with them.
package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
)

// TensorRT is the backend with its options.
type TensorRT struct {
	Trtexec      string        `yaml:"trtexec" path:"input" executes:"true" doc:"path of trtexec; empty for ACDEPLOY_TRTEXEC, then the PATH"`
	Device       int           `yaml:"device" doc:"GPU, from 0, as the driver counts"`
	Precision    string        `yaml:"precision" doc:"fp32 (TF32 off), tf32, fp16 or bf16"`
	BuilderLevel int           `yaml:"builder_level" doc:"effort of the builder, 0 to 5"`
	Workspace    int           `yaml:"workspace" doc:"MiB that one kernel may use for itself, 1 to 1048576"`
	CUDAGraph    bool          `yaml:"cuda_graph" doc:"time the model as one CUDA graph"`
	Cache        string        `yaml:"cache" path:"output" executes:"true" doc:"folder of built engines and of the timing cache; empty for the user's"`
	Rebuild      bool          `yaml:"rebuild" doc:"build every engine again, and share no timings of kernels"`
	Timeout      time.Duration `yaml:"timeout" doc:"how long one process may take, more than 0s; building takes minutes"`

	probed *probed // what is known of the trtexec and of the device
}

var (
	_ backends.Backend  = (*TensorRT)(nil)
	_ backends.Patient  = (*TensorRT)(nil)
	_ backends.Outright = (*TensorRT)(nil)
)

// Entry is this backend's place in a catalog.
func Entry() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{
		Name: "tensorrt",
		Doc: `NVIDIA TensorRT through trtexec.

It needs an NVIDIA GPU and trtexec of TensorRT 8.6, 10 or 11. The option trtexec or ACDEPLOY_TRTEXEC names
the program; otherwise it is looked for on the PATH. An engine is built once for each model, shape and
precision, and the engine that is verified is the one that is timed. The engines of a comparison share a
timing cache, so that the same layer gets the same kernel. With rebuild: true each worker process builds its
own engines, and the measurement includes how much they differ. A latency is the time on the GPU between two
events, one before and one after the kernels. It has no copies in it, and is never compared with a latency of
ONNX Runtime.

precision fp32 keeps TF32 off. Up to TensorRT 10, fp16 and bf16 let the builder choose kernels of lower
precision. TensorRT 11 takes the types of the model as they are, so the model itself has to be converted.`,
		New:     func() backends.Backend { return New() },
		Aliases: []string{"trt", "trtexec"},
	}
}

// New returns the backend with its defaults.
func New() *TensorRT {
	return &TensorRT{Precision: "fp32", BuilderLevel: 3, Workspace: 2048, CUDAGraph: true, Timeout: 10 * time.Minute, probed: &probed{}}
}

// precisions are those that can be asked for.
func precisions() []string { return []string{"fp32", "tf32", "fp16", "bf16"} }

// Validate reports every option that is wrong.
func (t *TensorRT) Validate() error {
	var errs []error
	if !slices.Contains(precisions(), t.Precision) {
		errs = append(errs, fmt.Errorf("precision %q is not known%s; known are %s",
			t.Precision, catalog.Suggest(t.Precision, precisions()), strings.Join(precisions(), ", ")))
	}
	if t.Device < 0 {
		errs = append(errs, fmt.Errorf("device is %d, it must not be negative", t.Device))
	}
	if t.BuilderLevel < 0 || t.BuilderLevel > 5 {
		errs = append(errs, fmt.Errorf("builder_level is %d, it must be 0 to 5", t.BuilderLevel))
	}
	if t.Workspace < 1 || t.Workspace > 1<<20 {
		errs = append(errs, fmt.Errorf("workspace is %d MiB, it must be 1 to %d", t.Workspace, 1<<20))
	}
	if t.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("timeout is %s, it must be positive", t.Timeout))
	}
	return errors.Join(errs...)
}

// NamedBy implements [backends.Outright].
func (t *TensorRT) NamedBy() string {
	if t.Trtexec == "" && os.Getenv(programVariable) != "" {
		return programVariable
	}
	return ""
}

// Patience implements [backends.Patient]: a build without the kept timings may follow one with them, and a run
// follows both.
func (t *TensorRT) Patience() time.Duration { return 3*t.Timeout + 2*probeTime }

// Check finds trtexec, asks it for its version and options, and has it open the GPU. Wrong options are
// an error of their own kind, not an [*backends.Unavailable].
func (t *TensorRT) Check(ctx context.Context) error {
	_, err := t.program(ctx)
	return err
}

// program is the trtexec to use, probed once.
func (t *TensorRT) program(ctx context.Context) (program, error) {
	if err := ctx.Err(); err != nil {
		return program{}, err
	}
	if err := t.Validate(); err != nil {
		return program{}, err
	}
	p, err := t.probed.program(ctx, t.Trtexec, t.Device)
	if err != nil {
		return program{}, err
	}
	return p, p.supports(t.Precision)
}

// Describe says what is built and how, and, once the engine was checked, by which trtexec.
func (t *TensorRT) Describe() backends.Description {
	d := backends.Description{Name: "tensorrt", Clock: backends.ClockGPU, Precision: t.Precision}
	d.Choice = "engines are kept, and share a timing cache, so that the same layer gets the same kernel"
	if t.Rebuild {
		d.Choice = "every worker process builds its own engines, so the measurement includes how much they differ"
	}
	if p, ok := t.probed.known(); ok {
		d.Library, d.Source, d.Version = p.path, p.source, p.version.String()
	}
	return d
}
