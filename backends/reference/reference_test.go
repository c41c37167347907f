package reference_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestSuite(t *testing.T) {
	backendtest.Run(t, reference.New(), backendtest.Claims{Types: []tensor.Type{
		tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16, tensor.Bool,
		tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64,
		tensor.Uint8, tensor.Uint16, tensor.Uint32, tensor.Uint64,
	}})
}
