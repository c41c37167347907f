package backends_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestCoarsest(t *testing.T) {
	tests := []struct {
		precision string
		of, want  tensor.Type
	}{
		{"", tensor.Float32, tensor.Float32},
		{"fp32", tensor.Float32, tensor.Float32},
		{"tf32", tensor.Float32, tensor.Float16},
		{"fp16", tensor.Float32, tensor.Float16},
		{"fp16", tensor.BFloat16, tensor.BFloat16},
		{"bf16", tensor.Float16, tensor.BFloat16},
		{"bf16", tensor.Int64, tensor.Int64},
	}
	for _, test := range tests {
		if got := (backends.Description{Precision: test.precision}).Coarsest(test.of); got != test.want {
			t.Errorf("%s of an engine in %q: %s, want %s", test.of, test.precision, got, test.want)
		}
	}
}
