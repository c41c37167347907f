package passes_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// cornerCase is a block that another optimiser gets wrong, breaks, or could not do.
type cornerCase struct {
	block  func(b *builder, x *graph.Value) *graph.Value
	want   map[string]int // the operators that are left
	reason string         // of a refusal that has to be among them, "" for none
	image  []int64        // the only size to run, where not any will do; empty for one that cannot run
	typ    tensor.Type    // of x; float where it is not said
	setup  func(m *graph.Model)
}

// TestCornerCases runs the default pipeline over every known corner case. T is one by what makes it hard, W a
// wrong result that was observed.
func TestCornerCases(t *testing.T) {
	for _, table := range []map[string]cornerCase{constantCases(), sharingCases(), batchNormCases(), hostCases(), geometryCases(), branchCases(), encodingCases()} {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			t.Run(name, func(t *testing.T) { table[name].run(t) })
		}
	}
}

func (c cornerCase) run(t *testing.T) {
	t.Helper()
	build := func() *graph.Model {
		b := newBuilder(21)
		dims := []int64{-1, 4, -1, -1}
		if len(c.image) > 0 {
			dims = slices.Repeat([]int64{-1}, len(c.image))
			dims[1] = c.image[1]
		}
		x := b.input("x", dims...)
		if c.typ != tensor.Undefined {
			x.SetElem(c.typ)
		}
		if c.setup != nil {
			c.setup(b.m)
		}
		return b.output(c.block(b, x))
	}
	sizes := small(4)
	if c.image != nil {
		sizes = [][][]int64{{c.image}}[:min(len(c.image), 1)]
	}
	after, result := passtest.Run(t, build, defaults(), sizes...)
	if got := ops(after); !maps.Equal(got, c.want) {
		t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
	}
	sayWhatToDo(t, result)
	if c.reason == "" {
		return
	}
	for _, p := range result.Passes {
		for _, f := range p.Refusals {
			if f.Reason == c.reason {
				return
			}
		}
	}
	t.Errorf("no refusal says %s: %q", c.reason, refusals(result))
}

// The convolutions of the tables, four channels to four.
func square() convShape {
	return convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}
}
func point() convShape { return convShape{in: 4, out: 4, kernel: []int64{1, 1}, bias: true} }

func opset(version int64) func(m *graph.Model) {
	return func(m *graph.Model) { m.Opsets[0].Version = version }
}

// constantCases are constants that stand where not every constant may.
func constantCases() map[string]cornerCase {
	kept := func(op string) map[string]int { return map[string]int{"Conv": 1, op: 1} }
	conv := map[string]int{"Conv": 1}
	return map[string]cornerCase{
		"T01_W01_constant_on_the_last_axis": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.node("Mul", []*graph.Value{b.conv(x, square()), b.constant(4)})
			},
			image: []int64{1, 4, 3, 4}, want: kept("Mul"), reason: passes.NotChannel,
		},
		"T01_W01_sum_on_the_last_axis": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, square()), b.constant(1, 1, 1, 4))
			},
			image: []int64{1, 4, 3, 4}, want: kept("Add"), reason: passes.NotChannel,
		},
		"T02_W02_constant_minus_image": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.node("Sub", []*graph.Value{b.constant(4, 1, 1), b.conv(x, point())})
			},
			want: conv,
		},
		"T02_W02_constant_over_image": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.node("Div", []*graph.Value{b.constant(4, 1, 1), b.conv(x, point())})
			},
			want: kept("Div"), reason: passes.Unsupported,
		},
		"T03_constant_of_higher_rank": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, square()), b.constant(1, 1, 4, 1, 1))
			},
			want: kept("Add"), reason: passes.NotChannel,
		},
		"T04_computed_bias": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				mean := b.node("ReduceMean", []*graph.Value{x}, graph.IntsAttr("axes", 0, 2, 3), graph.IntAttr("keepdims", 0))
				y := b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), mean})
				return b.bn(y, 4)
			},
			want: map[string]int{"ReduceMean": 1, "Conv": 1, "BatchNormalization": 1}, reason: passes.NotConstant,
		},
	}
}

// sharingCases use a value or a constant in more than one place.
func sharingCases() map[string]cornerCase {
	return map[string]cornerCase{
		"T05_shared_weight": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, square())
				z := b.node("Conv", []*graph.Value{x, y.Producer().Input(1)}, graph.IntsAttr("pads", 1, 1, 1, 1))
				return b.node("Max", []*graph.Value{b.bn(y, 4), z})
			},
			want: map[string]int{"Conv": 2, "Max": 1},
		},
		"T05_shared_statistics_and_bias": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, point())
				n := b.bn(y, 4).Producer()
				w := b.constant(4, 4, 1, 1)
				z := b.node("Conv", []*graph.Value{x, w, y.Producer().Input(2)})
				z = b.node("BatchNormalization", []*graph.Value{z, n.Input(1), n.Input(2), n.Input(3), n.Input(4)})
				return b.node("Max", []*graph.Value{n.Output(0), z})
			},
			want: map[string]int{"Conv": 2, "Max": 1},
		},
		"T06_convolution_is_an_output": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, square())
				b.g.AddOutput(y)
				return b.bn(y, 4)
			},
			want: map[string]int{"Conv": 1, "BatchNormalization": 1}, reason: passes.SharedOutput,
		},
		"T06_convolution_is_used_twice": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, square())
				return b.node("Max", []*graph.Value{b.bn(y, 4), y})
			},
			want: map[string]int{"Conv": 1, "BatchNormalization": 1, "Max": 1}, reason: passes.SharedOutput,
		},
		"T07_convolution_plus_itself": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, square())
				return b.add(y, y)
			},
			want: map[string]int{"Conv": 1},
		},
	}
}

// normalized is a convolution with a batch normalisation that has five operands of the given types.
func normalized(b *builder, x *graph.Value, weight, scale, mean tensor.Type) *graph.Node {
	w := b.g.NewInitializer("W", typed(weight, []int64{4, 4, 1, 1}, b.normal(16)))
	in := []*graph.Value{b.node("Conv", []*graph.Value{x, w})}
	for i, typ := range []tensor.Type{scale, scale, mean, mean} {
		values := b.normal(4)
		if i == 3 {
			values = []float64{0.25, 1, 3, 0}
		}
		in = append(in, b.g.NewInitializer("p", typed(typ, []int64{4}, values)))
	}
	return b.node("BatchNormalization", in).Producer()
}

// typed makes a tensor of any floating-point type.
func typed(typ tensor.Type, shape []int64, values []float64) *tensor.Tensor {
	raw, err := tensor.Compute(typ, shape, numbers(values)).Bytes()
	if err != nil {
		panic(err)
	}
	t, err := tensor.New(typ, shape, raw)
	if err != nil {
		panic(err)
	}
	return t
}

// numbers is a recipe over numbers that are there.
type numbers []float64

func (v numbers) Row(dst []float64, row int) { copy(dst, v[row*len(dst):]) }

func (v numbers) MaxAbs() float64 { return max(slices.Max(v), -slices.Min(v)) }

func (b *builder) normal(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = b.r.NormFloat64()
	}
	return out
}

// batchNormCases are batch normalisations that look like inference ones, or are in an unusual form.
func batchNormCases() map[string]cornerCase {
	kept := map[string]int{"Conv": 1, "BatchNormalization": 1}
	conv := map[string]int{"Conv": 1}
	const f16, f32, f64, bf16 = tensor.Float16, tensor.Float32, tensor.Float64, tensor.BFloat16
	// change makes a block of a convolution and a batch normalisation that was changed.
	change := func(with func(b *builder, n *graph.Node)) func(*builder, *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			n := normalized(b, x, f32, f32, f32)
			with(b, n)
			return n.Output(0)
		}
	}
	variance := func(v ...float32) func(*builder, *graph.Value) *graph.Value {
		return change(func(_ *builder, n *graph.Node) { n.Input(4).SetData(tensor.Of([]int64{4}, v...)) })
	}
	outputs := func(count int) func(b *builder, n *graph.Node) {
		return func(b *builder, n *graph.Node) {
			for range count - 1 {
				if err := n.AddOutput(b.g.NewValue("saved")); err != nil {
					panic(err)
				}
			}
		}
	}
	zero := float32(0)
	return map[string]cornerCase{
		"T08_W05_training_mode": {
			block: change(func(_ *builder, n *graph.Node) { n.SetAttr(graph.IntAttr("training_mode", 1)) }),
			image: []int64{}, want: kept, reason: passes.TrainingMode,
		},
		"T08_W05_three_outputs":               {block: change(outputs(3)), image: []int64{}, want: kept, reason: passes.TrainingMode},
		"T08_W05_five_outputs_before_opset14": {block: change(outputs(5)), image: []int64{}, want: kept, reason: passes.TrainingMode, setup: opset(9)},
		"T08_outputs_without_names": {
			block: change(func(_ *builder, n *graph.Node) {
				if err := n.AddOutput(nil); err != nil {
					panic(err)
				}
			}),
			want: conv, setup: opset(9),
		},
		"T09_W05_scale_is_an_input": {
			block: change(func(b *builder, n *graph.Node) { n.SetInput(1, b.input("scale", 4)) }),
			image: []int64{}, want: kept, reason: passes.GraphInput,
		},
		"T09_overridable_scale": {
			block: change(func(b *builder, n *graph.Node) {
				v := b.input("scale", 4)
				if _, err := b.g.AddInitializer("scale", tensor.Of([]int64{4}, float32(1), 2, 3, 4)); err != nil {
					panic(err)
				}
				n.SetInput(1, v)
			}),
			want: kept, reason: passes.GraphInput,
		},
		"T10_W03_half_weight_wide_statistics": {
			block: func(b *builder, x *graph.Value) *graph.Value { return normalized(b, x, f16, f16, f32).Output(0) },
			typ:   f16, want: conv,
		},
		"T10_W04_half_weight": {
			block: func(b *builder, x *graph.Value) *graph.Value { return normalized(b, x, f16, f16, f16).Output(0) },
			typ:   f16, want: conv,
		},
		"T10_bfloat16_weight": {
			block: func(b *builder, x *graph.Value) *graph.Value { return normalized(b, x, bf16, f32, f32).Output(0) },
			typ:   bf16, want: conv, setup: opset(22),
		},
		"T10_double_weight": {
			block: func(b *builder, x *graph.Value) *graph.Value { return normalized(b, x, f64, f64, f64).Output(0) },
			typ:   f64, want: conv,
		},
		"T11_variance_is_not_a_number": {block: variance(zero/zero, 1, 1, 1), want: kept, reason: passes.NonFinite},
		"T11_infinite_variance":        {block: variance(1/zero, 1, 1, 1), want: kept, reason: passes.NonFinite},
		"T11_negative_variance":        {block: variance(1, 1, -1e-9, 1), want: kept, reason: passes.NonFinite},
		"T11_zero_variance":            {block: variance(0, 0, 0, 0), want: conv},
		"T12_no_epsilon":               {block: variance(1e-7, 0, 1e-5, 1), want: conv},
	}
}

// hostCases are other operators than Conv, and forms of Conv, that a batch normalisation or a Pad goes into.
func hostCases() map[string]cornerCase {
	conv := map[string]int{"Conv": 1}
	transposed := func(group int64) cornerCase {
		return cornerCase{
			block: func(b *builder, x *graph.Value) *graph.Value {
				in := []*graph.Value{x, b.constant(4, 3, 3, 2), b.constant(3 * group)}
				y := b.node("ConvTranspose", in, graph.IntAttr("group", group), graph.IntsAttr("strides", 2, 1))
				return b.bn(y, int(3*group))
			},
			want: map[string]int{"ConvTranspose": 1},
		}
	}
	gemm := func(attrs ...*graph.Attr) cornerCase {
		return cornerCase{
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.bn(b.gemm(x, 4, 5, b.constant(5), attrs...), 5)
			},
			image: []int64{3, 4}, want: map[string]int{"Gemm": 1},
		}
	}
	padded := func(version int64, want map[string]int, reason string, operands func(b *builder) []*graph.Value, attrs ...*graph.Attr) cornerCase {
		return cornerCase{
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.conv(b.node("Pad", append([]*graph.Value{x}, operands(b)...), attrs...), square())
			},
			image: []int64{1, 4, 5, 6}, want: want, reason: reason, setup: opset(version),
		}
	}
	none := func(*builder) []*graph.Value { return nil }
	return map[string]cornerCase{
		"T13_W06_transposed_one_group":   transposed(1),
		"T13_W06_transposed_two_groups":  transposed(2),
		"T13_W06_transposed_four_groups": transposed(4),
		"T14_W06_gemm_alpha_and_beta":    gemm(graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2)),
		"T14_W06_gemm_transposed":        gemm(graph.IntAttr("transB", 1), graph.FloatAttr("beta", -1)),
		"T14_gemm_of_transposed_input": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.bn(x, 4), 4, 5, nil, graph.IntAttr("transA", 1))
			},
			image: []int64{4, 4}, want: map[string]int{"BatchNormalization": 1, "Gemm": 1}, reason: passes.NotChannel,
		},
		"W06_batch_norm_before_gemm": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.bn(x, 4), 4, 5, b.constant(5), graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2))
			},
			image: []int64{3, 4}, want: map[string]int{"Gemm": 1},
		},
		"W06_product_of_matrices": {
			block: func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.matMul(x, b.constant(4, 5)), 5) },
			image: []int64{3, 4}, want: map[string]int{"Gemm": 1},
		},
		"W07_grouped_convolution_plus_constant": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, convShape{in: 4, out: 8, group: 2, kernel: []int64{3, 3}}), b.constant(8, 1, 1))
			},
			image: []int64{1, 4, 4, 5}, want: conv,
		},
		"W07_opset_15": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return normalized(b, x, tensor.Float16, tensor.Float32, tensor.Float32).Output(0)
			},
			typ: tensor.Float16, want: conv, setup: opset(15),
		},
		"W08_pad_attributes_opset_1": padded(1, conv, "", none, graph.IntsAttr("paddings", 0, 0, 1, 2, 0, 0, 0, 1)),
		"W08_pad_attributes_opset_2": padded(10, conv, "", none, graph.IntsAttr("pads", 0, 0, 1, 2, 0, 0, 0, 1)),
		"W08_pad_operands":           padded(11, conv, "", func(b *builder) []*graph.Value { return []*graph.Value{b.ints(0, 0, 1, 2, 0, 0, 0, 1), b.scalar(0)} }),
		"W08_pad_axes": padded(18, conv, "", func(b *builder) []*graph.Value {
			return []*graph.Value{b.ints(2, 1, 0, 1), nil, b.ints(-1, 2)}
		}),
		"W08_pad_that_crops": padded(18, map[string]int{"Pad": 1, "Conv": 1}, passes.PaddingMode, func(b *builder) []*graph.Value {
			return []*graph.Value{b.ints(-1, 1), nil, b.ints(2)}
		}),
		"W08_pad_with_another_value": padded(18, map[string]int{"Pad": 1, "Conv": 1}, passes.PaddingMode, func(b *builder) []*graph.Value {
			return []*graph.Value{b.ints(1, 1), b.scalar(2), b.ints(2)}
		}),
	}
}
