package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/tensor"
)

// on is the backend with a provider.
func on(provider string, change func(*ORT)) *ORT {
	o := New()
	o.Provider = provider
	if change != nil {
		change(o)
	}
	return o
}

func TestProviderOptions(t *testing.T) {
	tests := map[string]struct {
		engine *ORT
		want   map[string]string
	}{
		"cpu":  {on("cpu", nil), nil},
		"cuda": {on("cuda", nil), map[string]string{"device_id": "0", "use_tf32": "0", "cudnn_conv_algo_search": "EXHAUSTIVE"}},
		"cuda_with_all": {
			on("cuda", func(o *ORT) { o.Device, o.TF32, o.ConvSearch, o.MemoryLimit = 1, true, "heuristic", 3000 }),
			map[string]string{"device_id": "1", "use_tf32": "1", "cudnn_conv_algo_search": "HEURISTIC", "gpu_mem_limit": "3145728000"},
		},
		"tensorrt": {on("tensorrt", nil), map[string]string{"device_id": "0", "trt_builder_optimization_level": "3"}},
		"tensorrt_with_all": {
			on("tensorrt", func(o *ORT) {
				o.Workspace, o.Precision, o.BuilderLevel, o.EngineCache, o.TimingCache = 64, "bf16", 5, "/e", "/t"
			}),
			map[string]string{
				"device_id": "0", "trt_builder_optimization_level": "5", "trt_bf16_enable": "1", "trt_max_workspace_size": "67108864",
				"trt_engine_cache_enable": "1", "trt_engine_cache_path": "/e", "trt_timing_cache_enable": "1", "trt_timing_cache_path": "/t",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.engine.Validate(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(test.want, test.engine.options(test.engine.Provider)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestProviderOptionsRefused(t *testing.T) {
	tests := map[string]struct {
		engine *ORT
		want   string
	}{
		"of_another_provider": {on("cuda", func(o *ORT) { o.Workspace = 1 }), "workspace is an option of provider tensorrt, not of cuda"},
		"of_cuda":             {on("tensorrt", func(o *ORT) { o.ConvSearch = "default" }), "conv_search is an option of provider cuda, not of tensorrt"},
		"on_the_cpu":          {on("cpu", func(o *ORT) { o.Device = 1 }), "device is an option of the providers cuda and tensorrt, not of cpu"},
		"unknown_search":      {on("cuda", func(o *ORT) { o.ConvSearch = "heuristics" }), `conv_search "heuristics" is not known, did you mean "heuristic"?`},
		"unknown_precision":   {on("tensorrt", func(o *ORT) { o.Precision = "int8" }), `precision "int8" is not known`},
		"negative_limit":      {on("cuda", func(o *ORT) { o.MemoryLimit = -1 }), "memory_limit is -1"},
		"level_6":             {on("tensorrt", func(o *ORT) { o.BuilderLevel = 6 }), "builder_level is 6"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.engine.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestChoiceIsSaid(t *testing.T) {
	tests := map[string]struct {
		engine *ORT
		want   string
	}{
		"cpu":            {on("cpu", nil), ""},
		"exhaustive":     {on("cuda", nil), "chosen again in every worker process"},
		"heuristic":      {on("cuda", func(o *ORT) { o.ConvSearch = "heuristic" }), ""},
		"fresh_engines":  {on("tensorrt", nil), "every worker process builds its own engines, so"},
		"pinned_timings": {on("tensorrt", func(o *ORT) { o.TimingCache = "/t" }), "with the timings of timing_cache"},
		"kept_engines":   {on("tensorrt", func(o *ORT) { o.EngineCache = "/e" }), "one build is measured"},
	}
	for name, test := range tests {
		got := test.engine.Describe().Choice
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestProfileShapes(t *testing.T) {
	open, fixed := tensor.Dim{Size: -1, Param: "N"}, tensor.Fixed(3)
	specs := []tensor.Spec{
		{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{open, fixed}},
		{Name: "y", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{fixed}},
	}
	in := tensor.Map{"x": tensor.Of([]int64{2, 3}, make([]float32, 6)...), "y": tensor.Of([]int64{3}, make([]float32, 3)...)}
	set := map[string]string{"device_id": "0"}
	want := map[string]string{"device_id": "0", "trt_profile_min_shapes": "x:2x3", "trt_profile_opt_shapes": "x:2x3", "trt_profile_max_shapes": "x:2x3"}
	if diff := cmp.Diff(want, withProfile(set, specs, in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(set) != 1 {
		t.Errorf("the options of the session were changed: %v", set)
	}
	specs[0].Name = "x:0"
	in["x:0"] = in["x"]
	if got := withProfile(set, specs, in); len(got) != 1 {
		t.Errorf("a name that cannot be written: %v", got)
	}
}

func TestProviderThatIsNotThere(t *testing.T) {
	const bridge = "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2043 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : "
	tests := map[string]struct{ said, reason, remedy string }{
		"library_for_the_cpu": {
			bridge + "Failed to load library /x/libonnxruntime_providers_shared.so with error: /x/libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory",
			"this onnxruntime has no CUDA provider", "on a machine with an NVIDIA GPU, run: acdeploy runtime install cuda13",
		},
		"built_without": {"CUDA execution provider is not enabled in this build.", "this onnxruntime has no CUDA provider", "on a machine with an NVIDIA GPU, run: acdeploy runtime install cuda13"},
		"no_cublas": {
			bridge + "Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory",
			"the CUDA provider of onnxruntime needs libcublasLt.so.13, which is not found", "acdeploy doctor names what is missing",
		},
		"append_only":      {"OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library", "the CUDA provider of onnxruntime does not load", "acdeploy doctor"},
		"undefined_symbol": {bridge + "Failed to load library /x/a.so with error: /x/a.so: undefined symbol: q", "does not load", "acdeploy doctor"},
		"no_device":        {"CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=h", "found no GPU to use: CUDA failure 100", "run on a machine with an NVIDIA GPU"},
		"old_driver":       {"CUDA error: CUDA driver version is insufficient for CUDA runtime version", "found no GPU to use: CUDA driver version is insufficient for CUDA runtime version", "run on a machine"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			why := on("cuda", nil).absent(errors.New(test.said))
			if why == nil || !strings.Contains(why.Reason, test.reason) || !strings.HasPrefix(why.Remedy, test.remedy) {
				t.Errorf("it says %v", why)
			}
		})
	}
	if why := on("cuda", nil).absent(errors.New("Load model from x failed: protobuf parsing failed")); why != nil {
		t.Errorf("a bad model is called a provider that is not there: %v", why)
	}
}

func TestPrecisionIsSaid(t *testing.T) {
	tests := map[string]*ORT{
		"":     on("cpu", nil),
		"fp32": on("tensorrt", nil),
		"tf32": on("cuda", func(o *ORT) { o.TF32 = true }),
		"fp16": on("tensorrt", func(o *ORT) { o.Precision, o.TF32 = "fp16", true }),
		"bf16": on("tensorrt", func(o *ORT) { o.Precision = "bf16" }),
	}
	for want, engine := range tests {
		if got := engine.Describe().Precision; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestProvidersOfTheLibraryHere asks the providers of this machine's library, be it for the CPU or for a
// GPU. Without a GPU each is a skip that says what is missing and what to do.
func TestProvidersOfTheLibraryHere(t *testing.T) {
	engine(t)
	found, err := New().find()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s has providers %+v", found.Path, library.Providers(found.Path))
	for _, provider := range []string{"cuda", "tensorrt"} {
		err := on(provider, nil).Check(t.Context())
		why, absent := errors.AsType[*backends.Unavailable](err)
		switch {
		case err == nil:
			t.Logf("%s can be used", provider)
		case !absent || why.Reason == "" || why.Remedy == "":
			t.Errorf("%s: error is %v, want an Unavailable with a remedy", provider, err)
		default:
			t.Logf("%s is skipped: %v", provider, why)
		}
	}
}

// TestRealProviderError hands a model to the providers past the check, to see what the library itself says.
func TestRealProviderError(t *testing.T) {
	engine(t)
	for _, provider := range []string{"cuda", "tensorrt"} {
		o := on(provider, nil)
		if o.Check(t.Context()) == nil {
			continue // there is a GPU
		}
		s := &session{model: fixture("two_by_two"), options: o.sessionOptions(0)}
		err := s.place(t.Context())
		if err == nil {
			t.Fatalf("%s cannot be used, yet a model opens on it", provider)
		}
		if why := o.absent(err); why == nil {
			t.Errorf("%s: not recognised: %v", provider, err)
		} else {
			t.Logf("%s: %v", provider, why)
		}
	}
}

// A folder of built engines or timings that others may write is refused, with the remedy.
func TestReliability8CachesThatOthersChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions there")
	}
	folder := t.TempDir()
	engine := filepath.Join(folder, "x.engine")
	if err := os.WriteFile(engine, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	caches := map[string]*ORT{
		"engines": on("tensorrt", func(o *ORT) { o.EngineCache = folder }),
		"timings": on("tensorrt", func(o *ORT) { o.TimingCache = folder }),
		"absent":  on("tensorrt", func(o *ORT) { o.EngineCache = filepath.Join(folder, "absent") }),
	}
	for name, o := range caches {
		if err := o.checkCaches(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for path, mode := range map[string]os.FileMode{engine: 0o666, folder: 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for name, o := range caches {
			skip, ok := backends.SkipOf("ort", "tensorrt", o.checkCaches())
			if want := name != "absent"; ok != want || skip.Unsafe != want || want && skip.Remedy != "run: chmod o-w "+path {
				t.Errorf("%s with %s: %+v", name, path, skip)
			}
		}
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
