package passes_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestOneRounding folds two batch normalisations into every host and compares the bytes that are
// written with the formula in float64, rounded once: y = a₂·(a₁·(w·x + b − μ₁) + β₁ − μ₂) + β₂.
func TestOneRounding(t *testing.T) {
	const channels = 4
	for _, typ := range []tensor.Type{tensor.Float16, tensor.BFloat16, tensor.Float32, tensor.Float64} {
		for _, host := range []string{"Conv", "ConvTranspose", "Gemm", "MatMul"} {
			t.Run(fmt.Sprintf("%s/%s", host, typ), func(t *testing.T) {
				shape := []int64{channels, channels}
				if host == "Conv" || host == "ConvTranspose" {
					shape = append(shape, 1)
				}
				row := host == "Conv" // whether a row of the weight is an output channel
				var w, b *tensor.Tensor
				var norms [][]*tensor.Tensor
				build := func() *graph.Model {
					bl := newBuilder(77)
					dims := []int64{-1, channels}
					if len(shape) == 3 {
						dims = append(dims, -1)
					}
					x := bl.input("x", dims...)
					x.SetElem(typ)
					bl.m.Opsets[0].Version = 22
					w, b = typed(typ, shape, bl.normal(channels*channels)), typed(typ, []int64{channels}, bl.normal(channels))
					in := []*graph.Value{x, bl.g.NewInitializer("W", w), bl.g.NewInitializer("B", b)}
					var y *graph.Value
					if host == "MatMul" {
						y = bl.add(bl.matMul(in[0], in[1]), in[2])
					} else {
						y = bl.node(host, in)
					}
					norms = nil
					for range 2 {
						operands, list := []*graph.Value{y}, []*tensor.Tensor{nil}
						for i := range 4 {
							values := bl.normal(channels)
							for k := range values {
								if i == 3 {
									values[k] = math.Abs(values[k]) / 100
								}
							}
							p := typed(tensor.Float32, []int64{channels}, values)
							list, operands = append(list, p), append(operands, bl.g.NewInitializer("p", p))
						}
						norms = append(norms, list)
						y = bl.node("BatchNormalization", operands)
					}
					return bl.output(y)
				}
				after, _ := passtest.Run(t, build, defaults())
				weight, bias := w.Float64s(), b.Float64s()
				for _, p := range norms {
					gamma, beta, mean, variance := p[1].Float64s(), p[2].Float64s(), p[3].Float64s(), p[4].Float64s()
					for o := range channels {
						a := gamma[o] / math.Sqrt(variance[o]+float64(float32(1e-5)))
						bias[o] = float64(a*(bias[o]-mean[o])) + beta[o]
						for c := range channels {
							at := c*channels + o
							if row {
								at = o*channels + c
							}
							weight[at] *= a
						}
					}
				}
				var got [2]*tensor.Tensor
				for n := range after.Graph.Nodes() {
					if n.OpType == "Add" || n.NumInputs() == 3 {
						got[1] = n.Input(n.NumInputs() - 1).Constant()
					}
					if n.OpType != "Add" {
						got[0] = n.Input(1).Constant()
					}
				}
				for i, want := range []*tensor.Tensor{typed(typ, shape, weight), typed(typ, []int64{channels}, bias)} {
					if got[i] == nil || got[i].Type() != typ {
						t.Fatalf("parameter %d is %v", i, got[i])
					}
					have, err := got[i].Bytes()
					expected, _ := want.Bytes()
					if err != nil || !bytes.Equal(have, expected) {
						t.Errorf("parameter %d is % x, want % x (%v)", i, have, expected, err)
					}
				}
			})
		}
	}
}

// TestNarrowTypes keeps what the narrow types hold and refuses what they do not.
func TestNarrowTypes(t *testing.T) {
	const f16, bf16 = tensor.Float16, tensor.BFloat16
	constant := func(b *builder, typ tensor.Type, v float64, shape ...int64) *graph.Value {
		n, _ := tensor.Count(shape)
		values := make([]float64, n)
		for i := range values {
			values[i] = v
		}
		return b.g.NewInitializer("c", typed(typ, shape, values))
	}
	conv := func(b *builder, x *graph.Value, typ tensor.Type, w, bias float64) *graph.Value {
		return b.node("Conv", []*graph.Value{x, constant(b, typ, w, 4, 4, 1, 1), constant(b, typ, bias, 4)})
	}
	kept := func(op string, n int) map[string]int { return map[string]int{"Conv": n, op: 1} }
	one := map[string]int{"Conv": 1}
	for name, c := range map[string]cornerCase{
		"weight_past_half": {typ: f16, want: kept("Mul", 1), reason: passes.Overflow, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(conv(b, x, f16, 300, 0), constant(b, f16, 300))
		}},
		"weight_just_in_half": {typ: f16, want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(conv(b, x, f16, 255.875, 0), constant(b, f16, 256))
		}},
		"bias_past_half": {typ: f16, want: kept("Add", 1), reason: passes.Overflow, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(conv(b, x, f16, 1, 60000), constant(b, f16, 60000))
		}},
		"sum_past_half": {typ: f16, want: kept("Add", 2), reason: passes.Overflow, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(conv(b, x, f16, 60000, 1), conv(b, x, f16, 60000, 2))
		}},
		"sum_of_products_past_half": {typ: f16, want: map[string]int{"Gemm": 2, "Add": 1}, reason: passes.Overflow, image: []int64{3, 4}, block: func(b *builder, x *graph.Value) *graph.Value {
			product := func() *graph.Value {
				return b.node("Gemm", []*graph.Value{x, constant(b, f16, 60000, 4, 4), constant(b, f16, 1, 4)})
			}
			return b.add(product(), product())
		}},
		"weight_past_bfloat16": {typ: bf16, want: kept("Mul", 1), reason: passes.Overflow, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(conv(b, x, bf16, 3e38, 0), constant(b, bf16, 4))
		}},
		"product_past_half": {typ: f16, want: map[string]int{"Gemm": 1, "Mul": 1}, reason: passes.Overflow, image: []int64{3, 4}, block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Gemm", []*graph.Value{x, constant(b, f16, 1, 4, 4), constant(b, f16, 300, 4)})
			return b.mul(y, constant(b, f16, 300, 4))
		}},
		"transposed_past_half": {typ: f16, want: map[string]int{"ConvTranspose": 1, "Mul": 1}, reason: passes.Overflow, block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("ConvTranspose", []*graph.Value{x, constant(b, f16, 300, 4, 4, 1, 1)})
			return b.mul(y, constant(b, f16, 300))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c.setup = opset(22)
			c.run(t)
		})
	}
	t.Run("half_keeps_subnormals", func(t *testing.T) {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(1)
			x := b.input("x", 1, 4, 1, 1)
			x.SetElem(f16)
			return b.output(b.mul(conv(b, x, f16, 0.0078125, 0), constant(b, f16, 0.00244140625)))
		}, defaults())
		for n := range after.Graph.Nodes() {
			raw, err := n.Input(1).Constant().Bytes()
			if err != nil || raw[0] != 0x40 || raw[1] != 0x01 { // 2⁻⁷·10·2⁻¹² = 320·2⁻²⁴
				t.Errorf("2e-5 became % x (%v)", raw[:2], err)
			}
		}
	})
}

// TestQuantized leaves models alone that round to integers, and says so.
func TestQuantized(t *testing.T) {
	scale := func(b *builder) *graph.Value { return b.scalar(0.1) }
	integers := func(b *builder, typ tensor.Type) *graph.Value {
		w, err := tensor.New(typ, []int64{4, 4, 1, 1}, make([]byte, typ.ByteSize(16)))
		if err != nil {
			panic(err)
		}
		return b.g.NewInitializer("W", w)
	}
	dequantized := func(b *builder, v *graph.Value) *graph.Value {
		return b.node("DequantizeLinear", []*graph.Value{v, scale(b)})
	}
	rounded := func(b *builder, v *graph.Value) *graph.Value {
		return dequantized(b, b.node("QuantizeLinear", []*graph.Value{v, scale(b)}))
	}
	for name, c := range map[string]struct {
		reason string
		block  func(b *builder, x *graph.Value) *graph.Value
	}{
		"weight_of_8_bits": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.node("Conv", []*graph.Value{x, dequantized(b, integers(b, tensor.Int8))}), 4)
		}},
		"weight_of_4_bits": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.node("Conv", []*graph.Value{x, dequantized(b, integers(b, tensor.Int4))}), 4)
		}},
		"matrix_of_4_bits": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			w, err := tensor.New(tensor.Uint4, []int64{4, 4}, make([]byte, 8))
			if err != nil {
				panic(err)
			}
			return b.mul(b.matMul(x, dequantized(b, b.g.NewInitializer("W", w))), b.scalar(2))
		}},
		"scale_of_float8": {passes.ElementType, func(b *builder, x *graph.Value) *graph.Value {
			w, err := tensor.New(tensor.Float8E4M3FN, []int64{4, 4, 1, 1}, make([]byte, 16))
			if err != nil {
				panic(err)
			}
			return b.bn(b.node("Conv", []*graph.Value{x, b.g.NewInitializer("W", w)}), 4)
		}},
		"rounded_behind": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(rounded(b, b.conv(x, square())), 4)
		}},
		"rounded_in_front": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(rounded(b, b.bn(x, 4)), point())
		}},
		"integer_convolution": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("ConvInteger", []*graph.Value{x, integers(b, tensor.Uint8)})
			return b.bn(b.node("DequantizeLinear", []*graph.Value{y, scale(b)}), 4)
		}},
		"quantized_convolution": {passes.Quantized, func(b *builder, x *graph.Value) *graph.Value {
			q := b.node("QuantizeLinear", []*graph.Value{x, scale(b)})
			zero := b.g.NewInitializer("zero", tensor.Of(nil, uint8(0)))
			y := b.node("QLinearConv", []*graph.Value{q, scale(b), zero, integers(b, tensor.Uint8), scale(b), zero, scale(b), zero})
			return b.bn(dequantized(b, y), 4)
		}},
		"sparse_weight": {passes.Unsupported, func(b *builder, x *graph.Value) *graph.Value {
			w, err := b.g.AddInitializer("W", nil)
			if err != nil {
				panic(err)
			}
			return b.bn(b.node("Conv", []*graph.Value{x, w}), 4)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(9)
				b.m.Opsets[0].Version = 21
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			_, result := passtest.Run(t, build, defaults())
			sayWhatToDo(t, result)
			if result.Rewrites() != 0 {
				t.Errorf("%d rewrites", result.Rewrites())
			}
			for _, p := range result.Passes {
				for _, f := range p.Refusals {
					if f.Reason == c.reason {
						return
					}
				}
			}
			t.Errorf("no refusal says %s: %q", c.reason, refusals(result))
		})
	}
}
