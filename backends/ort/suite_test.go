package ort

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestSuite runs the suite of all backends on every provider. Those that are not there are skipped with
// the reason.
func TestSuite(t *testing.T) {
	tests := map[string]backendtest.Claims{
		"cpu": {Types: []tensor.Type{
			tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16, tensor.Bool, tensor.String,
			tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64,
			tensor.Uint8, tensor.Uint16, tensor.Uint32, tensor.Uint64,
		}},
		"cuda":     {Types: []tensor.Type{tensor.Float32, tensor.Float64, tensor.Float16, tensor.Int32, tensor.Int64, tensor.Bool}},
		"tensorrt": {Types: []tensor.Type{tensor.Float32, tensor.Float16, tensor.Int32, tensor.Int64, tensor.Bool}},
	}
	for provider, claims := range tests {
		t.Run(provider, func(t *testing.T) {
			o := New()
			o.Provider = provider
			backendtest.Run(t, o, claims)
		})
	}
}
