package ort

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/tensor"
)

// GPU holds the options of the providers cuda and tensorrt.
type GPU struct {
	Device       int    `yaml:"device" doc:"cuda and tensorrt: GPU, from 0, as the driver counts"`
	TF32         bool   `yaml:"tf32" doc:"cuda and tensorrt: multiply float32 in TF32, which keeps 10 bits; off, so that answers can be compared"`
	ConvSearch   string `yaml:"conv_search" doc:"cuda: how cuDNN's algorithms are chosen: exhaustive, heuristic or default"`
	MemoryLimit  int    `yaml:"memory_limit" doc:"cuda: memory of the GPU in MiB, from 0; 0 for no limit"`
	Workspace    int    `yaml:"workspace" doc:"tensorrt: MiB that one kernel may use for itself, from 0; 0 leaves it to onnxruntime"`
	Precision    string `yaml:"precision" doc:"tensorrt: fp32, fp16 or bf16"`
	BuilderLevel int    `yaml:"builder_level" doc:"tensorrt: effort of the builder, 0 to 5"`
	EngineCache  string `yaml:"engine_cache" path:"output" executes:"true" doc:"tensorrt: folder of built engines; empty builds one in each worker process"`
	TimingCache  string `yaml:"timing_cache" doc:"tensorrt: folder of the timings by which kernels are chosen; empty for none"`
}

// defaultGPU are the options where none are given.
func defaultGPU() GPU { return GPU{ConvSearch: "exhaustive", Precision: "fp32", BuilderLevel: 3} }

// providers are those that can be asked for.
func providers() []string { return []string{"cpu", "cuda", "tensorrt"} }

// only says which options belong to one provider.
func only() map[string]string {
	return map[string]string{
		"conv_search": "cuda", "memory_limit": "cuda",
		"workspace": "tensorrt", "precision": "tensorrt", "builder_level": "tensorrt", "engine_cache": "tensorrt", "timing_cache": "tensorrt",
	}
}

// changed names the options that are not at their defaults.
func (g GPU) changed() []string {
	d := defaultGPU()
	var names []string
	for name, differs := range map[string]bool{
		"device": g.Device != d.Device, "tf32": g.TF32 != d.TF32, "conv_search": g.ConvSearch != d.ConvSearch, "memory_limit": g.MemoryLimit != d.MemoryLimit,
		"workspace": g.Workspace != d.Workspace, "precision": g.Precision != d.Precision, "builder_level": g.BuilderLevel != d.BuilderLevel,
		"engine_cache": g.EngineCache != d.EngineCache, "timing_cache": g.TimingCache != d.TimingCache,
	} {
		if differs {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// validate reports every option that is wrong, or that the provider does not have.
func (g GPU) validate(provider string) error {
	var errs []error
	for _, name := range g.changed() {
		switch of := only()[name]; {
		case of != "" && of != provider:
			errs = append(errs, fmt.Errorf("%s is an option of provider %s, not of %s", name, of, provider))
		case provider == "cpu":
			errs = append(errs, fmt.Errorf("%s is an option of the providers cuda and tensorrt, not of cpu", name))
		}
	}
	word := func(option, value string, known ...string) {
		if !slices.Contains(known, value) {
			errs = append(errs, fmt.Errorf("%s %q is not known%s; known are %s", option, value, catalog.Suggest(value, known), strings.Join(known, ", ")))
		}
	}
	number := func(option string, value, most int) {
		if value < 0 || value > most {
			errs = append(errs, fmt.Errorf("%s is %d, it must be 0 to %d", option, value, most))
		}
	}
	word("conv_search", g.ConvSearch, "exhaustive", "heuristic", "default")
	word("precision", g.Precision, "fp32", "fp16", "bf16")
	number("device", g.Device, 1<<10)
	number("memory_limit", g.MemoryLimit, 1<<24)
	number("workspace", g.Workspace, 1<<24)
	number("builder_level", g.BuilderLevel, 5)
	return errors.Join(errs...)
}

const mebibyte = 1 << 20

// options are those of a provider as onnxruntime writes them; nil for the CPU.
func (g GPU) options(provider string) map[string]string {
	set := map[string]string{"device_id": strconv.Itoa(g.Device)}
	onOff := map[bool]string{false: "0", true: "1"}
	switch provider {
	case "cuda":
		set["use_tf32"] = onOff[g.TF32]
		set["cudnn_conv_algo_search"] = strings.ToUpper(g.ConvSearch)
		if g.MemoryLimit > 0 {
			set["gpu_mem_limit"] = strconv.FormatInt(int64(g.MemoryLimit)*mebibyte, 10)
		}
	case "tensorrt":
		set["trt_builder_optimization_level"] = strconv.Itoa(g.BuilderLevel)
		if g.Precision != "fp32" {
			set["trt_"+g.Precision+"_enable"] = "1"
		}
		if g.Workspace > 0 {
			set["trt_max_workspace_size"] = strconv.FormatInt(int64(g.Workspace)*mebibyte, 10)
		}
		if g.EngineCache != "" {
			set["trt_engine_cache_enable"], set["trt_engine_cache_path"] = "1", g.EngineCache
		}
		if g.TimingCache != "" {
			set["trt_timing_cache_enable"], set["trt_timing_cache_path"] = "1", g.TimingCache
		}
	default:
		return nil
	}
	return set
}

// withProfile adds the shapes of the inputs whose size the model leaves open, so that TensorRT builds one
// engine for just them.
func withProfile(set map[string]string, specs []tensor.Spec, in tensor.Map) map[string]string {
	var parts []string
	for _, spec := range specs {
		if slices.ContainsFunc(spec.Shape, func(d tensor.Dim) bool { return d.Size < 0 }) {
			parts = append(parts, spec.Name+":"+strings.ReplaceAll(tensor.FormatShape(in[spec.Name].Shape()), ",", "x"))
		}
	}
	// onnxruntime ends a name at the first colon.
	if len(parts) == 0 || slices.ContainsFunc(parts, func(p string) bool { return strings.Count(p, ":") != 1 || strings.Contains(p, ",") }) {
		return set
	}
	set = maps.Clone(set)
	for _, which := range []string{"min", "opt", "max"} {
		set["trt_profile_"+which+"_shapes"] = strings.Join(parts, ",")
	}
	return set
}

// precision is what a provider computes float32 in; "" on the CPU.
func (g GPU) precision(provider string) string {
	switch {
	case provider == "cpu":
		return ""
	case provider == "tensorrt" && g.Precision != "fp32":
		return g.Precision
	case g.TF32:
		return "tf32"
	}
	return "fp32"
}

// choice says how far a provider chooses its kernels by chance.
func (g GPU) choice(provider string) string {
	switch {
	case provider == "cuda" && g.ConvSearch == "exhaustive":
		return "cuDNN's algorithms are timed and chosen again in every worker process, so the measurement includes how much they differ"
	case provider == "tensorrt" && g.EngineCache != "":
		return "engines are kept in engine_cache, so that one build is measured"
	case provider == "tensorrt" && g.TimingCache != "":
		return "every worker process builds its own engines with the timings of timing_cache, so that the same layer gets the same kernel"
	case provider == "tensorrt":
		return "every worker process builds its own engines, so the measurement includes how much they differ"
	}
	return ""
}

// title is a provider's name in sentences.
func title(provider string) string {
	return map[string]string{"cpu": "CPU", "cuda": "CUDA", "tensorrt": "TensorRT"}[provider]
}

const (
	installGPU = "on a machine with an NVIDIA GPU, run: " + library.InstallCommand + " cuda13"
	remedyGPU  = "run on a machine with an NVIDIA GPU and a driver that is new enough (nvidia-smi shows both)"
)

// checkCaches refuses caches of TensorRT that others may change: engines hold code.
func (o *ORT) checkCaches() error {
	for _, folder := range []string{o.EngineCache, o.TimingCache} {
		paths := []string{folder}
		files, _ := os.ReadDir(folder) // onnxruntime makes a folder that is not there, and says why it cannot read one
		for _, f := range files {
			paths = append(paths, filepath.Join(folder, f.Name()))
		}
		exposed, ok := errors.AsType[*osfile.Exposed](osfile.CheckExposed(paths...))
		if ok {
			return &backends.Unavailable{Reason: "the cache of TensorRT must not be used: " + exposed.Error(), Remedy: exposed.Remedy, Broken: true, Unsafe: true, Err: exposed}
		}
	}
	return nil
}

// checkProvider loads the provider. It says what is missing before the dynamic linker does, which names
// but the first library.
func (o *ORT) checkProvider(found library.Found) error {
	if o.Provider == "cpu" {
		return nil
	}
	there := library.Providers(found.Path)
	at := slices.IndexFunc(there, func(p library.Provider) bool { return p.Name == o.Provider })
	if at < 0 {
		return &backends.Unavailable{
			Reason: fmt.Sprintf("the onnxruntime library %s has no %s provider next to it", found.Path, title(o.Provider)), Remedy: installGPU,
		}
	}
	if missing := there[at].Missing; len(missing) > 0 {
		return &backends.Unavailable{
			Reason: fmt.Sprintf("the %s provider of onnxruntime needs libraries that are not found: %s", title(o.Provider), library.Lacks(missing)),
			Remedy: library.Remedy(missing),
		}
	}
	if err := ortc.ProbeProvider(o.Provider, o.options(o.Provider)); err != nil {
		if absent := o.absent(err); absent != nil {
			return absent
		}
		return fmt.Errorf("the %s provider of onnxruntime: %w", title(o.Provider), err)
	}
	return nil
}

// The texts of onnxruntime by which a machine without a usable GPU is known.
var (
	noLibrary = regexp.MustCompile(`Failed to load library (\S+) with error: (\S+?): cannot open shared object file`)
	notBuilt  = regexp.MustCompile(`execution provider is not enabled in this build`)
	notLoaded = regexp.MustCompile(`Failed to load (?:shared )?library|Failed to load library (\S+) with error: (.*)`)
	noDevice  = regexp.MustCompile(`(?i)(no CUDA-capable device is detected|CUDA driver version is insufficient[^;\n]*|CUDA failure 100\b|CUDA failure 35\b|invalid device ordinal|system not yet initialized|initialization error)`)
)

// absent turns an error of onnxruntime into the words for a provider that cannot be used here; nil when it
// says something else.
func (o *ORT) absent(err error) *backends.Unavailable {
	text := err.Error()
	name := title(o.Provider)
	if said := noDevice.FindString(text); said != "" {
		return &backends.Unavailable{Reason: fmt.Sprintf("the %s provider of onnxruntime found no GPU to use: %s", name, said), Remedy: remedyGPU, Err: err}
	}
	if notBuilt.MatchString(text) {
		return &backends.Unavailable{Reason: fmt.Sprintf("this onnxruntime has no %s provider", name), Remedy: installGPU, Err: err}
	}
	if said := noLibrary.FindStringSubmatch(text); said != nil {
		if strings.HasPrefix(filepath.Base(said[2]), "libonnxruntime_providers") || strings.Contains(said[1], "providers_shared") {
			return &backends.Unavailable{Reason: fmt.Sprintf("this onnxruntime has no %s provider", name), Remedy: installGPU, Err: err}
		}
		return &backends.Unavailable{
			Reason: fmt.Sprintf("the %s provider of onnxruntime needs %s, which is not found", name, said[2]),
			Remedy: "acdeploy doctor names what is missing and what brings it", Err: err,
		}
	}
	if notLoaded.MatchString(text) {
		return &backends.Unavailable{
			Reason: fmt.Sprintf("the %s provider of onnxruntime does not load: %s", name, strings.Join(strings.Fields(text), " ")),
			Remedy: "acdeploy doctor names what is missing and what brings it", Err: err,
		}
	}
	return nil
}
