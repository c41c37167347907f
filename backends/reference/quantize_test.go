package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Halves go to the even integer, and what is outside the range to its end.
func TestQuantize(t *testing.T) {
	x := tensor.Of([]int64{8}, 0.5, 1.5, -0.5, 300, -300, math.Inf(1), math.NaN(), 127.5)
	for zero, want := range map[*tensor.Tensor][]float64{
		tensor.Of(nil, int8(0)):   {0, 2, 0, 127, -128, 127, 0, 127},
		tensor.Of(nil, uint8(10)): {10, 12, 10, 255, 0, 255, 0, 138},
	} {
		got, err := evaluate(oneNode(21, "QuantizeLinear", nil, 1, x, tensor.Of(nil, float32(1)), zero))
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Type() != zero.Type() || !slices.Equal(got[0].Float64s(), want) {
			t.Errorf("%s: %v, want %v", zero.Type(), got[0].Float64s(), want)
		}
	}
}

// A scale stands for a whole tensor, for an index of an axis, or for a block of one; the last may be shorter.
func TestDequantize(t *testing.T) {
	x := tensor.Of([]int64{2, 3}, int8(1), 2, 3, 4, 5, 6)
	for name, c := range map[string]struct {
		scale *tensor.Tensor
		attrs []*graph.Attr
		want  []float64
	}{
		"tensor": {tensor.Of(nil, 0.5), nil, []float64{0.5, 1, 1.5, 2, 2.5, 3}},
		"axis":   {tensor.Of([]int64{3}, 1.0, 10, 100), nil, []float64{1, 20, 300, 4, 50, 600}},
		"block":  {tensor.Of([]int64{2, 2}, 1.0, 10, 100, 1000), []*graph.Attr{graph.IntAttr("block_size", 2)}, []float64{1, 2, 30, 400, 500, 6000}},
	} {
		got, err := evaluate(oneNode(21, "DequantizeLinear", c.attrs, 1, x, c.scale))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(got[0].Float64s(), c.want) {
			t.Errorf("%s: %v, want %v", name, got[0].Float64s(), c.want)
		}
	}
}

func TestQuantizeRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, scale := noise(rng, 2, 3), noise(rng, 2)
	block := []*graph.Attr{graph.IntAttr("block_size", 2)}
	for want, m := range map[string]*graph.Model{
		"scale of shape [2] does not fit axis 1 of [2 3]":      oneNode(21, "QuantizeLinear", nil, 1, x, scale),
		"scale of shape [2] does not fit blocks of 2 in [2 3]": oneNode(21, "QuantizeLinear", block, 1, x, scale),
		"zero point uint8[] does not fit scale of shape [2]":   oneNode(21, "QuantizeLinear", nil, 1, x, scale, tensor.Of(nil, uint8(1))),
		"quantization to float is not computed":                oneNode(21, "QuantizeLinear", []*graph.Attr{graph.IntAttr("output_dtype", 1)}, 1, x, noise(rng)),
		"quantization to int64 is not computed":                oneNode(21, "DequantizeLinear", nil, 1, tensor.Of(nil, int64(1)), noise(rng)),
		"the scale is uint8, not floating-point":               oneNode(21, "QuantizeLinear", nil, 1, x, tensor.Of(nil, uint8(1))),
		"the result is int64, not floating-point":              oneNode(23, "DequantizeLinear", []*graph.Attr{graph.IntAttr("output_dtype", 7)}, 1, tensor.Of(nil, uint8(1)), noise(rng)),
		"the input is not finite":                              oneNode(21, "DynamicQuantizeLinear", nil, 3, tensor.Of(nil, float32(math.NaN()))),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
