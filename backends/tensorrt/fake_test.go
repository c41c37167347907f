//go:build unix

package tensorrt

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// fakeVariable makes a process of this test program a trtexec: "VERSION" or "VERSION FAULT".
const fakeVariable = "ACDEPLOY_TEST_TRTEXEC"

//go:embed testdata/options.json
var optionsJSON []byte

// fake is a trtexec that computes with the reference backend. It knows the options of its version, prints
// what the real one prints, and fails as the real one does.
type fake struct {
	version, fault string
	numbers        [3]int
	known          []string
	args           []string
	options        map[string]string
	out, err       io.Writer
}

func newFake(spec string) *fake {
	f := &fake{options: map[string]string{}, out: os.Stdout, err: os.Stderr}
	f.version, f.fault, _ = strings.Cut(spec, " ")
	for i, n := range strings.Split(f.version, ".") {
		f.numbers[i], _ = strconv.Atoi(n)
	}
	var all map[string]string
	if err := json.Unmarshal(optionsJSON, &all); err != nil {
		panic(err)
	}
	f.known = strings.Fields(all[f.version] + " help")
	return f
}

func (f *fake) banner(word string) {
	number := fmt.Sprintf("%d", f.numbers[0]*10000+f.numbers[1]*100+f.numbers[2])
	build := " [b29]"
	if f.numbers[0] < 9 {
		number, build = fmt.Sprintf("%d", f.numbers[0]*1000+f.numbers[1]*100+f.numbers[2]), ""
	}
	fmt.Fprintf(f.out, "&&&& %s TensorRT.trtexec [TensorRT v%s]%s # trtexec %s\n", word, number, build, strings.Join(f.args, " "))
}

func (f *fake) info(format string, args ...any)  { f.log(f.out, "I", format, args...) }
func (f *fake) warn(format string, args ...any)  { f.log(f.err, "W", format, args...) }
func (f *fake) error(format string, args ...any) { f.log(f.err, "E", format, args...) }
func (f *fake) log(w io.Writer, level, format string, args ...any) {
	fmt.Fprintf(w, "[11/23/2026-23:44:33] [%s] %s\n", level, fmt.Sprintf(format, args...))
}

func (f *fake) help() {
	fmt.Fprintln(f.out, "=== Model Options ===")
	for _, o := range f.known {
		switch o {
		case "help":
			fmt.Fprintln(f.out, "  --help, -h                  Print this message")
		case "saveEngine":
			fmt.Fprintln(f.out, "  --saveEngine=<file>         Save the engine; note that some text is wrapped at the option\n                              --unknownAtTheBeginningOfALine which is none")
		default:
			fmt.Fprintf(f.out, "  --%s=spec   What it does, see --verbose\n", o)
		}
	}
}

// failed ends with the line FAILED, which 11 leaves out where the parser has failed.
func (f *fake) failed() int {
	f.banner("FAILED")
	return 1
}

func (f *fake) main(args []string) int {
	f.args = args
	switch f.fault {
	case "no_cudart":
		fmt.Fprintln(f.err, "trtexec: error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory")
		return 127
	case "not_trtexec":
		fmt.Fprintln(f.out, "hello")
		return 0
	case "hangs_at_once":
		time.Sleep(time.Hour)
	}
	f.banner("RUNNING")
	if len(args) == 0 || slices.Contains(args, "--help") {
		f.help()
		return 0
	}
	if f.numbers[0] == 10 && f.numbers[1] >= 14 && f.fault == "no_gpu" {
		return f.noGPU()
	}
	if !f.parse(args) {
		f.help()
		return f.failed()
	}
	f.echo()
	return f.device()
}

// noGPU is what a machine without a driver gives.
func (f *fake) noGPU() int {
	const text = "CUDA driver version is insufficient for CUDA runtime version"
	if f.numbers[0] == 8 {
		fmt.Fprintf(f.err, "Cuda failure: %s", text)
		die("ABRT")
	}
	fmt.Fprintf(f.err, "Cuda failure at samples/common/common.h:1012: %s\n", text)
	return 1
}

func (f *fake) parse(args []string) bool {
	good := true
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if !strings.HasPrefix(arg, "--") || !slices.Contains(f.known, name) || f.fault == "unknown_option" && name == "infStreams" {
			f.error("Unknown option: %s %s", strings.TrimSuffix(arg, "="+value), value)
			good = false
		}
		f.options[name] = value
	}
	if _, err := strconv.Atoi(f.get("iterations", "10")); err != nil {
		f.error("stoi")
		return false
	}
	if good && f.options["onnx"] == "" && f.options["loadEngine"] == "" {
		f.error("Model missing or format not recognized")
		return false
	}
	return good
}

func (f *fake) get(option, otherwise string) string {
	if v, ok := f.options[option]; ok && v != "" {
		return v
	}
	return otherwise
}

func (f *fake) has(option string) bool { _, ok := f.options[option]; return ok }

func enabled(on bool) string {
	if on {
		return "Enabled"
	}
	return "Disabled"
}

// echo says the settings, with the defaults of the version.
func (f *fake) echo() {
	modern := f.numbers[0] >= 11
	graph, spin, transfers := f.has("useCudaGraph"), f.has("useSpinWait"), !f.has("noDataTransfers")
	if modern {
		for _, o := range []string{"useCudaGraph", "useSpinWait", "noDataTransfers", "separateProfileRun"} {
			if f.has(o) {
				f.warn("--%s is deprecated. This flag is a no-op.", o)
			}
		}
		graph, spin, transfers = !f.has("noCudaGraph"), !f.has("noSpinWait"), f.has("includeDataTransfers")
	}
	if f.fault == "transfers_forgotten" && f.has("exportTimes") {
		transfers = true
	}
	precision := "FP32"
	for _, p := range []string{"fp16", "bf16"} {
		if f.has(p) {
			precision += "+" + strings.ToUpper(p)
			if f.numbers[1] >= 14 {
				f.warn("Weakly-typed networks have been deprecated in TensorRT. You can use the AutoCast tool (https://example.org)")
			}
		}
	}
	if modern {
		precision = "Strongly Typed"
	}
	f.info("=== Model Options ===")
	f.info("Format: ONNX")
	f.info("Model: %s", f.options["onnx"])
	f.info("=== Build Options ===")
	f.info("Precision: %s", precision)
	f.info("Skip inference: %s", enabled(f.has("skipInference")))
	f.info("Save engine: %s", f.options["saveEngine"])
	f.info("Profiling verbosity: %d", slices.Index([]string{"layer_names_only", "none", "detailed"}, f.get("profilingVerbosity", "layer_names_only")))
	f.info("BuilderOptimizationLevel: %s", f.get("builderOptimizationLevel", "-1"))
	f.info("=== System Options ===")
	f.info("Device: %s", f.get("device", "0"))
	f.info("=== Inference Options ===")
	f.info("Iterations: %s", f.get("iterations", "10"))
	f.info("Duration: %ss (+ %sms warm up)", f.get("duration", "3"), f.get("warmUp", "200"))
	f.info("Idle time: 0ms")
	f.info("Inference Streams: %s", f.get("infStreams", "1"))
	f.info("ExposeDMA: %s", enabled(f.has("exposeDMA")))
	f.info("Data transfers: %s", enabled(transfers))
	f.info("Spin-wait: %s", enabled(spin))
	f.info("CUDA Graph: %s", enabled(graph))
	f.info("Inputs:")
	f.info("=== Reporting Options ===")
	f.info("Profile: Disabled")
	f.options["graph"] = enabled(graph)
}

// device opens the GPU and the libraries, then builds or loads.
func (f *fake) device() int {
	f.info("=== Device Information ===")
	switch {
	case f.fault == "no_gpu":
		return f.noGPU()
	case f.fault == "no_devices":
		fmt.Fprintln(f.err, "Cannot find any available devices (GPUs)!")
		return 1
	case f.get("device", "0") != "0":
		fmt.Fprintf(f.err, "Cannot find device ID %s!\n", f.options["device"])
		return 1
	}
	f.info("Selected Device: Fake GPU")
	switch f.fault {
	case "no_library":
		f.error("Could not load library libnvinfer.so.10: Unable to open library: libnvinfer.so.10 due to libnvinfer.so.10: cannot open shared object file: No such file or directory")
		return f.failed()
	case "no_plugin":
		f.error("Uncaught exception detected: Unable to open library: libnvinfer_plugin.so.10 due to libnvinfer_plugin.so.10: cannot open shared object file: No such file or directory")
		return f.failed()
	case "no_builder_resource":
		if f.has("onnx") {
			f.error("[TRT] createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource_sm90.so.10.15.1: cannot open shared object file)")
			f.error("Engine set up failed")
			return f.failed()
		}
	}
	if f.has("onnx") {
		return f.build()
	}
	return f.load()
}

// plan is an engine of the fake.
type plan struct {
	Version string
	Shapes  map[string]string
	ONNX    []byte
}

func (f *fake) build() int {
	switch f.fault {
	case "hangs":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fakeVariable+"=sleep")
		if err := child.Start(); err != nil {
			panic(err)
		}
		_ = os.WriteFile(filepath.Join(filepath.Dir(f.options["timingCacheFile"]), "child"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		time.Sleep(time.Hour)
	case "crashes":
		die("SEGV")
	case "empty_engine":
		_ = os.WriteFile(f.options["saveEngine"], nil, 0o600)
		f.info("Created engine with size: 0 MiB")
		fmt.Fprintln(f.err, `Assertion failure: false && "Attempting to access an empty engine!"`)
		return 1
	case "no_engine":
		f.error("[TRT] 10: Could not find any implementation for node conv1.")
		f.error("Engine could not be created from network")
		f.error("Engine set up failed")
		return f.failed()
	case "silent_failure":
		return 1
	}
	data, err := os.ReadFile(f.options["onnx"])
	if err == nil {
		_, err = f.interpret(data)
	}
	if err != nil {
		f.error("[TRT] ModelImporter.cpp:1023: Failed to parse ONNX model: %v", err)
		f.error("Failed to parse onnx file")
		f.error("Engine set up failed")
		if f.numbers[0] >= 11 {
			return 1
		}
		return f.failed()
	}
	p := plan{f.version, map[string]string{}, data}
	if spec := f.options["optShapes"]; spec != "" {
		p.Shapes = shapesOf(spec)
	}
	if !f.timings(data) {
		f.error("[TRT] IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any timing in the cache for node twice.)")
		f.error("Engine could not be created from network")
		f.error("Engine set up failed")
		return f.failed()
	}
	text, _ := json.Marshal(p)
	if f.fault == "empty_plan" {
		text = nil
	}
	if f.fault != "missing_plan" {
		must(os.WriteFile(f.options["saveEngine"], text, 0o600))
	}
	if f.fault != "missing_layers" {
		must(os.WriteFile(f.options["exportLayerInfo"], layersOf(data, f.numbers[0] >= 11), 0o600))
	}
	f.warn("[TRT] onnx2trt_utils.cpp:374: Your ONNX model has been generated with INT64 weights.")
	f.info("Skipped inference phase since --skipInference is added.")
	if f.numbers[0] < 11 {
		f.banner("PASSED")
	}
	return 0
}

// timings looks up the kernels of a model in the timing cache and adds those that it lacks, unless it must not.
// From 11 on that does not stop a build.
func (f *fake) timings(model []byte) bool {
	cache := f.options["timingCacheFile"]
	if cache == "" {
		return true
	}
	text, _ := os.ReadFile(cache)
	known := strings.Fields(string(text))
	m, err := onnx.Decode(model, nil)
	must(err)
	for n := range m.Graph.Nodes() {
		kernel := n.OpType + f.options["optShapes"]
		if slices.Contains(known, kernel) {
			continue
		}
		if f.has("errorOnTimingCacheMiss") && f.numbers[0] < 11 {
			return false
		}
		known = append(known, kernel)
	}
	must(os.WriteFile(cache, []byte(strings.Join(known, "\n")), 0o600))
	return true
}

// die ends the process by a signal, which Go's own runtime would catch.
func die(signal string) {
	must(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -" + signal + " $$"}, os.Environ()))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var onePart = regexp.MustCompile(`('[^']*'|[^:]*):([^,]*),?`)

// shapesOf reads x:1x3,'a:b':2 as names and values.
func shapesOf(spec string) map[string]string {
	all := map[string]string{}
	for _, part := range onePart.FindAllStringSubmatch(spec, -1) {
		all[strings.Trim(part[1], "'")] = part[2]
	}
	return all
}

func (f *fake) interpret(data []byte) (*graph.Model, error) {
	m, err := onnx.Decode(bytes.Clone(data), func(location string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(f.options["onnx"]), location))
	})
	if err != nil {
		return nil, err
	}
	s, err := reference.OpenGraph(m)
	if err != nil {
		return nil, err
	}
	return m, s.Close()
}

// layersOf describes each node as a layer, in the form of 10 or of 11.
func layersOf(data []byte, modern bool) []byte {
	m, err := onnx.Decode(data, nil)
	must(err)
	var layers []map[string]any
	tensors := func(names []string) []map[string]any {
		list := []map[string]any{}
		for _, n := range names {
			t := map[string]any{"Name": n, "Location": "Device", "Dimensions": []int{1, 3}}
			if modern {
				t["Format"], t["Datatype"] = "Row major linear", "FP32"
			} else {
				t["Format/Datatype"] = "Row major linear FP32"
			}
			list = append(list, t)
		}
		return list
	}
	for n := range m.Graph.Nodes() {
		var in, out []string
		for _, v := range n.Inputs() {
			if !v.IsInitializer() {
				in = append(in, v.Name())
			}
		}
		for i := range n.NumOutputs() {
			out = append(out, n.Output(i).Name())
		}
		layers = append(layers, map[string]any{
			"Name": n.Name, "LayerType": n.OpType, "Inputs": tensors(in), "Outputs": tensors(out), "TacticName": "fake_" + n.OpType, "TacticValue": "0x1",
		})
	}
	text, _ := json.Marshal(map[string]any{"Layers": layers, "Bindings": []string{}})
	return text
}

func (f *fake) load() int {
	text, err := os.ReadFile(f.options["loadEngine"])
	if err != nil {
		f.error("Error opening engine file: %s", f.options["loadEngine"])
		f.error("Engine set up failed")
		return f.failed()
	}
	var p plan
	if json.Unmarshal(text, &p) != nil || f.fault == "bad_engine" {
		f.error("[TRT] IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 239, Serialized Engine Version: 228)")
		f.error("Engine deserialization failed")
		f.error("Engine set up failed")
		return f.failed()
	}
	if p.Version != f.version {
		f.error("[TRT] 6: The engine plan file is not compatible with this version of TensorRT, expecting library version %s got %s, please rebuild.", f.version, p.Version)
		f.error("Engine deserialization failed")
		return f.failed()
	}
	return f.infer(p)
}

func (f *fake) infer(p plan) int {
	m, err := onnx.Decode(p.ONNX, nil)
	must(err)
	shapes, files := shapesOf(f.options["shapes"]), shapesOf(f.options["loadInputs"])
	in := tensor.Map{}
	for _, spec := range onnx.Specs(m.Graph.Inputs()) {
		shape := make([]int64, len(spec.Shape))
		for i, d := range spec.Shape {
			shape[i] = d.Size
		}
		if slices.Contains(shape, -1) {
			if shapes[spec.Name] != p.Shapes[spec.Name] {
				f.error("The engine was built with static shapes for input tensor %s but the provided shapes do not match the static shapes!", spec.Name)
				return f.failed()
			}
			shape = shape[:0]
			for d := range strings.SplitSeq(shapes[spec.Name], "x") {
				n, err := strconv.ParseInt(d, 10, 64)
				must(err)
				shape = append(shape, n)
			}
		} else if _, given := shapes[spec.Name]; given {
			f.error("Static model does not take explicit shapes since the shape of inference tensors will be determined by the model itself")
			return f.failed()
		}
		raw, err := os.ReadFile(files[spec.Name])
		if err != nil || f.fault == "cannot_read" {
			f.error("Cannot open file %s!", files[spec.Name])
			return f.failed()
		}
		if f.fault == "wrong_size" {
			f.error("Unexpected file size for input file: %s. Note: Input binding size is: %d bytes but the file size is %d bytes. Double check the size and datatype of the provided data.", files[spec.Name], len(raw)+4, len(raw))
			return f.failed()
		}
		in[spec.Name], err = tensor.New(spec.Type, shape, raw)
		must(err)
	}
	s, err := reference.OpenGraph(m)
	must(err)
	out, err := s.Run(context.Background(), in)
	if err != nil || f.fault == "inference" {
		f.error("[TRT] IExecutionContext::enqueueV3: Error Code 1: Cask (Cask convolution execution)")
		f.error("Error occurred during inference")
		return f.failed()
	}
	f.capture()
	f.times()
	f.profile(m)
	if f.has("dumpRawBindingsToFile") {
		f.dump(onnx.Specs(m.Graph.Outputs()), out)
	}
	f.warn("* GPU compute time is unstable, with coefficient of variance = 3.1%%.")
	if f.numbers[0] < 11 {
		f.banner("PASSED")
	}
	return 0
}
