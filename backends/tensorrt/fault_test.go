//go:build unix

package tensorrt

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// TestEveryKnownTextIsOneClearLine feeds what trtexec prints when it fails.
func TestEveryKnownTextIsOneClearLine(t *testing.T) {
	const at = "[11/23/2026-23:44:33] "
	tests := map[string]struct {
		stderr string
		kind   kind
		want   string
	}{
		"unknown_option":         {at + "[E] Unknown option: --fp16 ", failed, "it does not know the option --fp16; this trtexec"},
		"value_after_a_space":    {at + "[E] Unknown option: ok.onnx ", failed, "it does not know the option ok.onnx"},
		"bad_number":             {at + "[E] stoi", failed, "it could not read a number"},
		"nothing_to_do":          {at + "[E] Model missing or format not recognized", failed, "neither a model nor an engine"},
		"uncaught":               {at + "[E] Uncaught exception detected: vector::reserve", failed, "it stopped: vector::reserve"},
		"names_in_shapes":        {at + "[E] Invalid tensor names found in --shapes flag.", failed, "the shapes name an input that the engine does not have"},
		"static_model":           {at + "[E] Static model does not take explicit shapes since the shape of inference tensors will be determined by the model itself", failed, "the model has fixed shapes"},
		"no_such_network_input":  {at + `[E] Cannot find input tensor with name "x" in the network inputs! Please make sure the input tensor names are correct.`, failed, "the model has no input x for TensorRT"},
		"no_such_binding":        {at + `[E] Cannot find input tensor with name "x" in the engine bindings! Please make sure the input tensor names are correct.`, failed, "the model has no input x for TensorRT"},
		"parser":                 {at + "[E] [TRT] ModelImporter.cpp:771: In node 3 (Foo): UNSUPPORTED_NODE\n" + at + "[E] Failed to parse onnx file\n" + at + "[E] Engine set up failed", failed, "TensorRT does not take the model: ModelImporter.cpp:771: In node 3 (Foo): UNSUPPORTED_NODE; acdeploy inspect"},
		"builder":                {at + "[E] Error[10]: x\n" + at + "[E] [TRT] 10: Could not find any implementation for node a.\n" + at + "[E] Engine could not be created from network", failed, "the builder made no engine: 10: Could not find any implementation for node a."},
		"set_up":                 {at + "[E] Engine set up failed", failed, "the engine could not be made; another version"},
		"nothing_made":           {at + "[E] [TRT] 4: Builder creation failed\n" + at + "[E] Failed to create engine from model or file.\n" + at + "[E] Engine set up failed", failed, "the engine could not be made: 4: Builder creation failed; another version"},
		"deserialization":        {at + "[E] Engine deserialization failed", engineAbsent, "the engine cannot be read"},
		"engine_file_to_open":    {at + "[E] Error opening engine file: a.plan", engineAbsent, "the engine file a.plan cannot be opened"},
		"engine_file_to_write":   {at + "[E] Cannot open engine file: b.plan", failed, "the engine file b.plan cannot be written; look whether there is space left"},
		"other_version":          {at + "[E] [TRT] 6: The engine plan file is not compatible with this version of TensorRT, expecting library version 10.9.0.34 got 10.6.0.26, please rebuild.\n" + at + "[E] Engine deserialization failed", engineAbsent, "the engine is of TensorRT 10.6.0.26, this is 10.9.0.34"},
		"other_device":           {at + "[E] [TRT] 6: The engine plan file is generated on an incompatible device, expecting compute 7.5 got compute 8.6, please rebuild.\n" + at + "[E] Engine deserialization failed", engineAbsent, "the engine is for compute capability 8.6, this GPU has 7.5"},
		"serialization":          {at + "[E] [TRT] 1: Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 239\n" + at + "[E] Engine deserialization failed", engineAbsent, "the engine is of another version of TensorRT"},
		"inference_set_up":       {at + "[E] Inference set up failed", failed, "the engine could not be made ready to run"},
		"inference":              {at + "[E] [TRT] 1: Cask\n" + at + "[E] Error occurred during inference", failed, "the run failed: 1: Cask"},
		"no_input_file":          {at + "[E] Cannot open file in.bin!", failed, "it cannot open the file in.bin"},
		"input_size":             {at + "[E] Unexpected file size for input file: in.bin. Note: Input binding size is: 16 bytes but the file size is 12 bytes. Double check the size and datatype of the provided data.", failed, "the input file in.bin has 12 bytes, the engine takes 16"},
		"input_size_in_8.6":      {at + "[E] Unexpected file size for input file: in.bin. Note: Expected: 16 bytes but only read: 12 bytes", failed, "the input file in.bin has 12 bytes, the engine takes 16"},
		"static_engine":          {at + "[E] The engine was built with static shapes for input tensor x but the provided shapes do not match the static shapes!", failed, "the engine takes another shape of input x"},
		"accuracy":               {at + "[E] Accuracy validation FAILED: one or more tensors exceeded the threshold.", failed, "the outputs are not those of its reference"},
		"no_devices":             {"Cannot find any available devices (GPUs)!", unavailable, "there is no GPU"},
		"no_such_device":         {"Cannot find device ID 7!", deviceAbsent, "there is no GPU 7; correct the option device"},
		"no_driver_old":          {"Cuda failure: CUDA driver version is insufficient for CUDA runtime version", unavailable, "no GPU can be used: CUDA driver version is insufficient for CUDA runtime version; run on a machine"},
		"no_driver":              {"Cuda failure at samples/common/common.h:1012: CUDA driver version is insufficient for CUDA runtime version", unavailable, "no GPU can be used: CUDA driver version"},
		"no_device_of_cuda":      {"Cuda failure at samples/common/sampleDevice.cpp:114: no CUDA-capable device is detected", unavailable, "no GPU can be used: no CUDA-capable device is detected"},
		"out_of_memory":          {"Cuda failure at x.cpp:1: out of memory", failed, "the GPU has too little memory; use a smaller batch"},
		"other_cuda_failure":     {"Cuda failure: an illegal memory access was encountered", failed, "CUDA failed: an illegal memory access"},
		"no_library":             {at + "[E] Could not load library libnvinfer.so.10: Unable to open library: libnvinfer.so.10 due to libnvinfer.so.10: cannot open shared object file", unavailable, "the library libnvinfer.so.10 cannot be loaded: libnvinfer.so.10: cannot open"},
		"no_library_nor_reason":  {at + "[E] Could not load library libnvonnxparser.so.10", unavailable, "the library libnvonnxparser.so.10 cannot be loaded; install"},
		"no_plugin":              {at + "[E] Uncaught exception detected: Unable to open library: libnvinfer_plugin.so.10 due to libnvinfer_plugin.so.10: cannot open", unavailable, "the library libnvinfer_plugin.so.10 cannot be loaded"},
		"no_cudart":              {"trtexec: error while loading shared libraries: libcudart.so.12: cannot open shared object file", unavailable, "the library libcudart.so.12 is missing"},
		"no_builder_resource":    {at + "[E] [TRT] createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource_sm86.so.10.16.2: cannot open)\n" + at + "[E] Engine set up failed", unavailable, "it lacks libnvinfer_builder_resource_sm86.so.10.16.2 for this GPU; install all libraries"},
		"empty_engine":           {`Assertion failure: false && "Attempting to access an empty engine!"`, failed, "the builder made no engine"},
		"no_graph_in_10":         {at + "[W] The built TensorRT engine contains operations that are not permitted under CUDA graph capture mode.", failed, "cannot be captured as a CUDA graph"},
		"graph_flag_ignored":     {at + "[W] The specified --useCudaGraph flag has been ignored. The inference will be launched without using CUDA graph launch.", failed, "cannot be captured as a CUDA graph; set cuda_graph: false"},
		"no_graph_in_11":         {at + "[W] CUDA graph capture failed. The inference will be launched without using CUDA graph.", failed, "cannot be captured as a CUDA graph; set cuda_graph: false"},
		"an_error_of_its_own":    {at + "[E] Something new", failed, "it ended with exit status 1: Something new"},
		"nothing":                {"", failed, "it ended with exit status 1; another version"},
		"no_lines_of_the_log":    {"&&&& FAILED TensorRT.trtexec\none\n\ntwo\nterminate called after throwing an instance of 'E'\n  what():  no good\n", failed, "it ended with exit status 1: two | terminate called after throwing an instance of 'E' | what(): no good; another"},
		"core_error_of_its_own":  {at + "[E] [TRT] 2: first\n" + at + "[E] [TRT] 2: second\n" + at + "[E] last", failed, "it ended with exit status 1: 2: first"},
		"an_error_of_many_bytes": {at + "[E] " + strings.Repeat("é", 1000), failed, " …"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := diagnose(stepRun, result{code: 1, stderr: test.stderr})
			checkError(t, "diagnosis", err, test.want)
			if got := errors.Is(err, backends.ErrUnavailable); got != (test.kind == unavailable) {
				t.Errorf("unavailable is %t", got)
			}
			if fault, ok := errors.AsType[*Fault](err); test.kind != unavailable && (!ok || fault.Kind != test.kind) {
				t.Errorf("%T %+v is not of kind %d", err, err, test.kind)
			}
			if !strings.Contains(err.Error(), "; ") {
				t.Errorf("it does not say what to do: %v", err)
			}
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes long", len(err.Error()))
			}
		})
	}
}

// TestWordsOfTheOutputStandInForErrors gives output without errors, on the other output too.
func TestWordsOfTheOutputStandInForErrors(t *testing.T) {
	const stdout = "&&&& RUNNING TensorRT.trtexec [TensorRT v101501] [b29] # trtexec\n[11/23/2026-23:44:33] [I] === Device Information ===\n"
	err := diagnose(stepBuild, result{code: 3, stdout: stdout})
	checkError(t, "diagnosis", err, "trtexec could not build an engine: it ended with exit status 3: [11/23/2026-23:44:33] [I] === Device Information ===; another")
	err = diagnose(stepBuild, result{code: 1, stdout: "[11/23/2026-23:44:33] [E] Unknown option: --a \n"})
	checkError(t, "diagnosis", err, "it does not know the option --a")
	err = diagnose(stepBuild, result{code: -1, signal: "aborted", stdout: stdout, stderr: "free(): invalid pointer\n"})
	checkError(t, "diagnosis", err, "it crashed (aborted): free(): invalid pointer; another version")
	if fault, ok := errors.AsType[*Fault](err); !ok || fault.Kind != stopped {
		t.Errorf("a crash is of kind %+v", fault)
	}
}

func TestGraphCaptureFailsWithExitCodeZero(t *testing.T) {
	err := diagnose(stepTime, result{stderr: "[11/23/2026-23:44:33] [W] CUDA graph capture failed. The inference will be launched without using CUDA graph."})
	checkError(t, "diagnosis", err, "cannot be captured as a CUDA graph")
	if err := diagnose(stepTime, result{stderr: "[11/23/2026-23:44:33] [W] * Throughput may be bound by Enqueue Time"}); err != nil {
		t.Errorf("a warning is a failure: %v", err)
	}
}
