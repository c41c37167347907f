package backendtest

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// TestSamples makes values of every type that an engine may claim, all distinct enough to tell a wrong width.
func TestSamples(t *testing.T) {
	for _, typ := range []tensor.Type{
		tensor.Float64, tensor.Float32, tensor.Float16, tensor.BFloat16, tensor.Bool, tensor.String,
		tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64, tensor.Uint8, tensor.Uint16, tensor.Uint32, tensor.Uint64,
	} {
		x, err := sample(typ)
		if err != nil || x.Type() != typ || x.Len() != 6 {
			t.Errorf("%s: %v, %v", typ, x, err)
		}
	}
	if x, err := sample(tensor.Complex64); err == nil {
		t.Errorf("a type without values gives %v", x)
	}
}
