package backendtest

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestCompare(t *testing.T) {
	row := func(v ...float32) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }
	want := tensor.Map{"y": row(1, -100)}
	for name, test := range map[string]struct {
		got  tensor.Map
		says string
	}{
		"equal":        {tensor.Map{"y": row(1, -100)}, ""},
		"near":         {tensor.Map{"y": row(1.0009, -100)}, ""}, // by the largest magnitude
		"far":          {tensor.Map{"y": row(1.01, -100)}, `output "y" differs by`},
		"not a number": {tensor.Map{"y": row(1, float32(math.NaN()))}, "differs by"},
		"shorter":      {tensor.Map{"y": row(1)}, "has shape [1], want [2]"},
		"nil":          {tensor.Map{"y": nil}, `output "y" is nil`},
		"another name": {tensor.Map{"z": row(1, -100)}, `the outputs are ["z"], want ["y"]`},
	} {
		err := compare(test.got, want, 1e-5)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}

func TestSame(t *testing.T) {
	zero, negative := tensor.Of([]int64{1}, float32(0)), tensor.Of([]int64{1}, float32(math.Copysign(0, -1)))
	if same(zero, zero) != nil || same(negative, zero) == nil || same(nil, zero) == nil || same(tensor.Of([]int64{1}, 0.0), zero) == nil {
		t.Error("the same is not the same type, shape and bytes")
	}
}
