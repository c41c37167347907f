//go:build cgo

package ortc

import (
	"errors"
	"fmt"
	"os"

	ort "github.com/yalue/onnxruntime_go"
)

// tf32Variable overrides for a whole process whether NVIDIA's libraries use TF32. The provider of TensorRT
// has no option of its own for that.
const tf32Variable = "NVIDIA_TF32_OVERRIDE"

// ForbidTF32 keeps NVIDIA's libraries in this process from TF32.
func ForbidTF32() error { return os.Setenv(tf32Variable, "0") }

// ProbeProvider loads a provider and hands it its options, without a model.
func ProbeProvider(provider string, set map[string]string) error {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return err
	}
	defer func() { _ = options.Destroy() }()
	return appendProvider(options, provider, set)
}

// appendProvider puts a provider before the CPU.
func appendProvider(options *ort.SessionOptions, provider string, set map[string]string) (err error) {
	switch provider {
	case "", "cpu":
		return nil
	case "cuda":
		cuda, err := ort.NewCUDAProviderOptions()
		if err != nil {
			return err
		}
		defer func() { _ = cuda.Destroy() }()
		return errors.Join(cuda.Update(set), options.AppendExecutionProviderCUDA(cuda))
	case "tensorrt":
		trt, err := ort.NewTensorRTProviderOptions()
		if err != nil {
			return err
		}
		defer func() { _ = trt.Destroy() }()
		return errors.Join(trt.Update(set), options.AppendExecutionProviderTensorRT(trt))
	}
	return fmt.Errorf("provider %q is not known", provider)
}
