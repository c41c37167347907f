// Package ort runs models on ONNX Runtime: on the CPU, on a GPU through CUDA, or on a GPU through its
// provider of TensorRT.
//
// A GPU provider falls back to the CPU in silence where it cannot run a node. So a model is first opened
// with that forbidden. If it does not open, it is opened without, and the profile of a run names the nodes
// that ran on the CPU: they may compute sizes of tensors, and nothing else.
//
// The shared library is found by package library and loaded when a model is opened, once per
// process: a process uses one library. Its telemetry is switched off before it starts, by the
// variable ORT_DISABLE_TELEMETRY, which stays set in the process. Only internal/ortc calls C, so the
// package also builds without cgo, and then says so.
package ort

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/catalog"
)

// ORT is ONNX Runtime with its options.
type ORT struct {
	Provider       string            `yaml:"provider" doc:"execution provider, where models run: cpu, cuda or tensorrt"`
	Threads        int               `yaml:"threads" doc:"threads of one operator; 0 for those of bench.threads in a measurement, and 1 elsewhere"`
	InterOpThreads int               `yaml:"inter_op_threads" doc:"operators that run at once, from 0; 0 or 1 runs one after the other"`
	Optimization   string            `yaml:"optimization" doc:"graph optimizations of onnxruntime: all, extended, basic or disabled"`
	Session        map[string]string `yaml:"session" doc:"further settings of a session, by onnxruntime's own keys"`
	Library        string            `yaml:"library" path:"input" executes:"true" doc:"path of libonnxruntime; empty for the usual places, which acdeploy doctor shows"`
	// CustomOpLibrary is there to be refused in words: a model that needs one would fail later, and less clearly.
	CustomOpLibrary string `yaml:"custom_op_library" doc:"library of custom operators; refused, since the binding in use cannot register one"`
	GPU             `yaml:",inline"`

	named string         // path of libonnxruntime that goes before every other
	found *library.Found // once it was checked
	known *identities    // shared by all that were tuned from one backend
}

var (
	_ backends.Backend  = (*ORT)(nil)
	_ backends.Outright = (*ORT)(nil)
)

// Entry is this backend's place in a catalog.
func Entry() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{
		Name: "ort",
		Doc: `ONNX Runtime on the CPU or on a GPU.

It needs libonnxruntime 1.24 or newer: "acdeploy runtime install" installs a pinned one. --ort-lib,
ACDEPLOY_ORT_LIB or the option library names another one. A latency is the time of the whole call, measured
on the host. With more than one thread, a measurement sets session.force_spinning_stop: "1", unless the
option session sets it. Otherwise the idle threads of one model would take cores away from the other.

The providers cuda and tensorrt need an NVIDIA GPU and "acdeploy runtime install cuda13" (or cuda12). TF32 is
off unless tf32 is true. With the provider tensorrt, that holds for the whole process. A node that falls back
to the CPU is an error, unless it computes the size of a tensor; the report names such nodes. cuDNN's
exhaustive search and TensorRT's builder choose kernels again in every worker process, so the measurement
includes how much their choices differ. engine_cache and timing_cache keep TensorRT's choice.`,
		New:     func() backends.Backend { return New() },
		Aliases: []string{"onnxruntime", "onnx_runtime", "onnx-runtime"},
	}
}

// New returns the backend with its defaults: on the CPU, with as many threads as a caller tunes it to, all optimisations.
func New() *ORT {
	return &ORT{Provider: "cpu", Optimization: "all", GPU: defaultGPU(), known: &identities{}}
}

// Validate reports every option that is wrong.
func (o *ORT) Validate() error {
	var errs []error
	if slices.Contains(providers(), o.Provider) {
		errs = append(errs, o.validate(o.Provider))
	} else {
		errs = append(errs, fmt.Errorf("provider %q is not known%s; known are %s",
			o.Provider, catalog.Suggest(o.Provider, providers()), strings.Join(providers(), ", ")))
	}
	errs = append(errs, o.checkThreads())
	if o.InterOpThreads < 0 {
		errs = append(errs, fmt.Errorf("inter_op_threads is %d, it must not be negative", o.InterOpThreads))
	}
	if _, err := o.level(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, checkSession(o.Session), o.checkCustom())
	return errors.Join(errs...)
}

// level is the optimisation as internal/ortc calls it.
func (o *ORT) level() (ortc.Level, error) {
	known := []string{"disabled", "basic", "extended", "all"} // in the order of ortc.Level
	if at := slices.Index(known, o.Optimization); at >= 0 {
		return ortc.Level(at), nil
	}
	return 0, fmt.Errorf("optimization %q is not known%s; known are %s",
		o.Optimization, catalog.Suggest(o.Optimization, known), strings.Join(known, ", "))
}

// NamedBy implements [backends.Outright].
func (o *ORT) NamedBy() string {
	switch {
	case o.named != "":
		return "--ort-lib"
	case os.Getenv("ACDEPLOY_ORT_LIB") != "":
		return "ACDEPLOY_ORT_LIB"
	}
	return ""
}

// find resolves the library.
func (o *ORT) find() (library.Found, error) {
	return library.Store{}.Resolve(library.Request{Flag: o.named, Config: o.Library})
}

// Check finds and loads the library. Wrong options are an error of their own kind, not an
// [*backends.Unavailable].
func (o *ORT) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	if !ortc.Built {
		remedy := "build it with CGO_ENABLED=1 and a C compiler"
		if library.Musl() {
			remedy = library.MuslRemedy
		}
		return &backends.Unavailable{Reason: "onnxruntime cannot be loaded: acdeploy was built without cgo", Remedy: remedy, Err: ortc.ErrNoCgo}
	}
	if err := o.checkCaches(); err != nil {
		return err
	}
	found, err := o.find()
	if err != nil {
		return unavailable(err)
	}
	if err := ortc.Load(found.Path); err != nil {
		err := &library.LoadError{Found: found, Err: err}
		return &backends.Unavailable{Reason: err.Error(), Remedy: found.Remedy(), Broken: true, Err: err}
	}
	o.found = &found
	return o.checkProvider(found)
}

// unavailable turns a failure to find the library into the house's words.
func unavailable(err error) error {
	if missing, ok := errors.AsType[*library.NotFoundError](err); ok {
		return &backends.Unavailable{Reason: missing.Reason(), Remedy: missing.Remedy(), Broken: missing.Explicit || missing.Mend != "", Unsafe: missing.Mend != "", Err: err}
	}
	return &backends.Unavailable{Reason: err.Error(), Remedy: "run: " + library.InstallCommand, Err: err}
}

// Describe says where models run, and, once the engine was checked, which library runs them.
func (o *ORT) Describe() backends.Description {
	d := backends.Description{Name: "ort", Provider: o.Provider, Precision: o.precision(o.Provider), Choice: o.choice(o.Provider)}
	if value, given := o.Session[stopSpinning]; given {
		d.Idle = stopSpinning + "=" + value
	}
	if o.found != nil {
		d.Library, d.Source = o.found.Path, o.found.Source
		_, d.Version = ortc.Loaded()
	}
	return d
}

// Probe loads the library at an absolute path and returns its version. A library that is no good can
// take the process with it, so a process of its own should call it.
func Probe(path string) (version string, err error) {
	if err := ortc.Load(path); err != nil {
		return "", err
	}
	_, version = ortc.Loaded()
	return version, nil
}
