package passes_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// folding is the passes that compute constants, and what clears up after them.
func folding() []pipeline.Step {
	var steps []pipeline.Step
	for _, s := range defaults() {
		switch s.Name {
		case "lift_constants", "fold_constants", "remove_unused":
			steps = append(steps, s)
		}
	}
	return steps
}

func (b *builder) floats(shape []int64, v ...float32) *graph.Value {
	return b.g.NewInitializer("f", tensor.Of(shape, v...))
}

func (b *builder) bools(v ...bool) *graph.Value {
	return b.g.NewInitializer("b", tensor.Of([]int64{int64(len(v))}, v...))
}

// TestConstantOperators computes every operator that is computed, and compares with the reference, which
// computes it when the model runs.
func TestConstantOperators(t *testing.T) {
	type values = []*graph.Value
	cases := map[string]func(b *builder) *graph.Value{
		"Concat": func(b *builder) *graph.Value {
			return b.node("Concat", values{b.constant(2, 1, 3), b.constant(2, 4, 3)}, graph.IntAttr("axis", -2))
		},
		"ConcatComputed": func(b *builder) *graph.Value {
			return b.node("Concat", values{b.node("Exp", values{b.constant(2, 1)}), b.constant(2, 3)}, graph.IntAttr("axis", 1))
		},
		"Split": func(b *builder) *graph.Value {
			n := graph.NewNode("Split", b.constant(2, 7), b.ints(1, 4, 2))
			n.SetAttr(graph.IntAttr("axis", 1))
			var parts values
			for range 3 {
				v := b.g.NewValue("part")
				if err := n.AddOutput(v); err != nil {
					panic(err)
				}
				parts = append(parts, v)
			}
			b.g.Append(n)
			return b.node("Add", values{b.node("ReduceSum", values{parts[1], b.ints(1)}), b.node("ReduceSum", values{parts[2], b.ints(1)})})
		},
		"Where": func(b *builder) *graph.Value {
			return b.node("Where", values{b.bools(true, false, true), b.constant(2, 3), b.constant(2, 1)})
		},
		"Equal": func(b *builder) *graph.Value {
			same := b.node("Equal", values{b.ints(1, -1, 3), b.ints(1, 2, 3)})
			return b.node("Where", values{same, b.constant(3), b.constant(3)})
		},
		"Less": func(b *builder) *graph.Value {
			same := b.node("Not", values{b.node("Less", values{b.floats([]int64{3}, 1, 2, 3), b.scalar(2)})})
			return b.node("Where", values{same, b.constant(3), b.constant(3)})
		},
		"And": func(b *builder) *graph.Value {
			return b.node("Where", values{b.node("And", values{b.bools(true, false), b.bools(true, true)}), b.constant(2), b.constant(2)})
		},
		"Mod": func(b *builder) *graph.Value {
			return toFloat(b, b.node("Mod", values{b.ints(7, 9, 12), b.ints(5, 4, 3)}))
		},
		"Min": func(b *builder) *graph.Value {
			return b.node("Min", values{b.constant(3), b.constant(2, 1), b.constant(3)})
		},
		"Max": func(b *builder) *graph.Value { return toFloat(b, b.node("Max", values{b.ints(7, -9), b.ints(5, 4)})) },
		"Sum": func(b *builder) *graph.Value {
			return b.node("Sum", values{b.constant(3), b.constant(2, 1), b.constant(1)})
		},
		"Mean": func(b *builder) *graph.Value {
			return b.node("Mean", values{b.constant(3), b.constant(3), b.constant(1)})
		},
		"Pow": func(b *builder) *graph.Value {
			return b.node("Pow", values{b.floats([]int64{4}, 0.25, 3, 1.5, 2), b.floats([]int64{4}, 0.5, 2, -3, 4.5)})
		},
		"Clip": func(b *builder) *graph.Value {
			return b.node("Clip", values{b.constant(9), b.scalar(-0.5), b.scalar(0.25)})
		},
		"ClipOneSide": func(b *builder) *graph.Value { return b.node("Clip", values{b.constant(9), nil, b.scalar(0.25)}) },
		"Tile":        func(b *builder) *graph.Value { return b.node("Tile", values{b.constant(2, 3), b.ints(2, 1)}) },
		"Pad": func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3), b.ints(1, 0, 2, 1), b.scalar(0.5)})
		},
		"Trilu": func(b *builder) *graph.Value { return b.node("Trilu", values{b.constant(2, 4, 3)}) },
		"TriluLower": func(b *builder) *graph.Value {
			return b.node("Trilu", values{b.constant(4, 5), b.ints1(1)}, graph.IntAttr("upper", 0))
		},
		"EyeLike": func(b *builder) *graph.Value {
			return b.node("EyeLike", values{b.constant(3, 4)}, graph.IntAttr("k", 1))
		},
		"OneHot": func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2, -1), b.ints(4), b.floats([]int64{2}, 0.5, 3)}, graph.IntAttr("axis", 0))
		},
		"ScatterND": func(b *builder) *graph.Value {
			at := b.g.NewInitializer("at", tensor.Of([]int64{2, 1}, int64(2), int64(-4)))
			return b.node("ScatterND", values{b.constant(4, 3), at, b.constant(2, 3)})
		},
		"ScatterElements": func(b *builder) *graph.Value {
			at := b.g.NewInitializer("at", tensor.Of([]int64{1, 2}, int64(2), int64(0)))
			return b.node("ScatterElements", values{b.constant(4, 3), at, b.constant(1, 2)}, graph.IntAttr("axis", 0))
		},
		"GatherElements": func(b *builder) *graph.Value {
			at := b.g.NewInitializer("at", tensor.Of([]int64{2, 2}, int64(1), int64(0), int64(-1), int64(2)))
			return b.node("GatherElements", values{b.constant(3, 3), at}, graph.IntAttr("axis", 1))
		},
		"Conv": func(b *builder) *graph.Value {
			return b.conv(b.constant(2, 4, 5, 6), convShape{in: 4, out: 6, group: 2, kernel: []int64{3, 2}, strides: []int64{2, 1}, dilations: []int64{1, 2}, pads: []int64{1, 0, 2, 1}, bias: true})
		},
		"Conv1d": func(b *builder) *graph.Value {
			return b.conv(b.constant(1, 3, 9), convShape{in: 3, out: 2, kernel: []int64{4}})
		},
		"MatMul": func(b *builder) *graph.Value {
			return b.node("MatMul", values{b.constant(3, 1, 2, 4), b.constant(2, 4, 5)})
		},
		"Gemm": func(b *builder) *graph.Value {
			return b.node("Gemm", values{b.constant(4, 2), b.constant(3, 4), b.constant(2, 1)}, graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2), graph.IntAttr("transA", 1), graph.IntAttr("transB", 1))
		},
		"Einsum": func(b *builder) *graph.Value {
			return b.node("Einsum", values{b.constant(2, 3), b.constant(2, 3, 4), b.constant(5)}, graph.StringAttr("equation", "gi, gio,k->goi"))
		},
		"CastLike": func(b *builder) *graph.Value {
			return b.node("CastLike", values{b.g.NewInitializer("d", tensor.Of([]int64{2}, 0.5, -2.0)), b.g.Lookup("x")})
		},
	}
	for _, axis := range []int64{-1, 0, 1} {
		for _, op := range []string{"Softmax", "LogSoftmax"} {
			cases[fmt.Sprintf("%s_%d", op, axis)] = func(b *builder) *graph.Value {
				return b.node(op, values{b.constant(3, 4, 5)}, graph.IntAttr("axis", axis))
			}
		}
	}
	for _, op := range []string{"Sigmoid", "Exp", "Tanh", "Abs", "Neg", "Relu", "Softplus", "Softsign", "HardSwish", "Elu", "HardSigmoid", "LeakyRelu", "Reciprocal"} {
		cases[op] = func(b *builder) *graph.Value { return b.node(op, values{b.constant(40)}) }
	}
	for _, op := range []string{"Sqrt", "Log"} {
		cases[op] = func(b *builder) *graph.Value { return b.node(op, values{b.node("Abs", values{b.constant(40)})}) }
	}
	for _, op := range []string{"ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2"} {
		cases[op] = func(b *builder) *graph.Value {
			if op == "ReduceSum" {
				return b.node(op, values{b.constant(2, 3, 4), b.ints(-1, 0)}, graph.IntAttr("keepdims", 0))
			}
			return b.node(op, values{b.constant(2, 3, 4)}, graph.IntsAttr("axes", 1))
		}
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				x := b.input("x", 1)
				return b.output(b.add(x, make(b)))
			}
			after, _ := passtest.Run(t, build, folding(), [][]int64{{1}})
			if got, want := ops(after), map[string]int{"Add": 1}; !maps.Equal(got, want) {
				t.Errorf("left are %v", got)
			}
		})
	}
}

// TestOldSoftmax takes all axes from the given one on together up to opset 12, and one axis since.
func TestOldSoftmax(t *testing.T) {
	for _, version := range []int64{12, 13, 17} {
		for name, attrs := range map[string][]*graph.Attr{
			"absent": nil, "last": {graph.IntAttr("axis", -1)}, "middle": {graph.IntAttr("axis", 1)}, "first": {graph.IntAttr("axis", 0)},
		} {
			t.Run(fmt.Sprintf("%s/%d", name, version), func(t *testing.T) {
				build := func() *graph.Model {
					b := newBuilder(5)
					b.m.Opsets[0].Version = version
					x := b.input("x", 1)
					return b.output(b.add(x, b.node("Softmax", []*graph.Value{b.constant(3, 4, 5)}, attrs...)))
				}
				after, _ := passtest.Run(t, build, folding(), [][]int64{{1}})
				if got, want := ops(after), map[string]int{"Add": 1}; !maps.Equal(got, want) {
					t.Errorf("left are %v", got)
				}
			})
		}
	}
}

// TestInvalidSoftmax leaves one of an axis that is not there, and one of no numbers.
func TestInvalidSoftmax(t *testing.T) {
	for name, make := range map[string]func(b *builder) *graph.Value{
		"behind_the_last": func(b *builder) *graph.Value {
			return b.node("Softmax", []*graph.Value{b.constant(2, 3)}, graph.IntAttr("axis", 2))
		},
		"before_the_first": func(b *builder) *graph.Value {
			return b.node("Softmax", []*graph.Value{b.constant(2, 3)}, graph.IntAttr("axis", -3))
		},
		"of_one_number": func(b *builder) *graph.Value { return b.node("Softmax", []*graph.Value{b.scalar(2)}) },
		"of_integers":   func(b *builder) *graph.Value { return toFloat(b, b.node("Softmax", []*graph.Value{b.ints(2, 3)})) },
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				return b.output(b.add(b.input("x", 1), make(b)))
			}
			if after, _ := passtest.Run(t, build, folding()); ops(after)["Softmax"] != 1 {
				t.Errorf("left are %v", ops(after))
			}
		})
	}
}

func toFloat(b *builder, x *graph.Value) *graph.Value {
	return b.node("Cast", []*graph.Value{x}, graph.IntAttr("to", int64(tensor.Float32)))
}

func (b *builder) ints1(v int64) *graph.Value { return b.g.NewInitializer("i", tensor.Of(nil, v)) }

// TestNotComputed leaves what is not certain, or not finite, or too much work.
func TestNotComputed(t *testing.T) {
	type values = []*graph.Value
	for name, make := range map[string]func(b *builder) *graph.Value{
		"Div":     func(b *builder) *graph.Value { return b.node("Div", values{b.constant(2), b.scalar(0)}) },
		"Log":     func(b *builder) *graph.Value { return b.node("Log", values{b.scalar(-1)}) },
		"Exp":     func(b *builder) *graph.Value { return b.node("Exp", values{b.scalar(800)}) },
		"Pow":     func(b *builder) *graph.Value { return b.node("Pow", values{b.scalar(-2), b.scalar(0.3)}) },
		"Gather":  func(b *builder) *graph.Value { return b.node("Gather", values{b.constant(2), b.ints(2)}) },
		"Reshape": func(b *builder) *graph.Value { return b.node("Reshape", values{b.constant(6), b.ints(-1, 4)}) },
		"Less": func(b *builder) *graph.Value {
			third := b.node("Less", values{b.node("Div", values{b.scalar(1), b.scalar(3)}), b.scalar(1. / 3)})
			return b.node("Where", values{third, b.constant(1), b.constant(1)})
		},
		"MatMul": func(b *builder) *graph.Value {
			big := b.node("ConstantOfShape", values{b.ints(1500, 1500)})
			return b.node("ReduceMax", values{b.node("MatMul", values{big, big})}, graph.IntAttr("keepdims", 0))
		},
		"CastLike": func(b *builder) *graph.Value {
			return b.node("CastLike", values{b.ints(1), b.node("Custom", values{b.g.Lookup("x")})})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(5)
			x := b.input("x", 1)
			m := b.output(b.add(x, make(b)))
			result, err := pipeline.Run(t.Context(), m.Graph, []pipeline.Step{{Name: "f", Pass: &passes.FoldConstants{MaxBytes: 1 << 24, MaxSteps: 1 << 26}}}, pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if ops(m)[name] == 0 {
				t.Errorf("%s was computed: %v", name, result)
			}
		})
	}
}

// TestInvalidBias: an exporter writes a bias of two axes for a three-dimensional convolution. No runtime
// takes that model, and folding does not make another of it.
func TestInvalidBias(t *testing.T) {
	build := func() *graph.Model {
		b := newBuilder(5)
		x := b.input("x", -1, 3, -1, -1, -1)
		w := b.constant(4, 3, 1, 1, 1)
		rows := b.node("Slice", []*graph.Value{b.node("Shape", []*graph.Value{w}), b.ints(0), b.ints(1), b.ints(0)})
		shape := b.node("Concat", []*graph.Value{rows, b.ints(2)}, graph.IntAttr("axis", 0))
		zero := b.node("CastLike", []*graph.Value{b.scalar(0), x})
		return b.output(b.node("Conv", []*graph.Value{x, w, b.node("Expand", []*graph.Value{zero, shape})}))
	}
	after, result := passtest.Run(t, build, defaults())
	if ops(after)["Expand"] != 1 {
		t.Errorf("the model became %s", passtest.Text(after))
	}
	found := false
	for _, p := range result.Passes {
		found = found || slices.ContainsFunc(p.Refusals, func(r pipeline.Refusal) bool {
			return r.Reason == passes.Misaligned && strings.Contains(r.Detail, "the model is invalid")
		})
	}
	if !found {
		t.Error("nothing says why it stays")
	}
}

// TestSizesOfImages folds what exporters compute from the shapes of images, as far as these are known.
func TestSizesOfImages(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		dims []int64
		make func(b *builder, x *graph.Value) *graph.Value
		want map[string]int
	}{
		"flatten with a static batch": {[]int64{2, 3, 4, 4}, flattenChain, map[string]int{"Relu": 1, "Reshape": 1}},
		"flatten with an open batch":  {[]int64{-1, 3, 4, 4}, flattenChain, map[string]int{"Relu": 1, "Reshape": 1}},
		"another value's batch": {[]int64{-1, 3, 4, 4}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", values{x, b.ints(0), b.ints(1), b.ints(0)})
			return b.node("Reshape", values{b.node("Expand", values{y, b.node("Shape", values{x})}), KernelSize(b, x, 0)})
		}, map[string]int{"Relu": 1, "Slice": 1, "Shape": 2, "Expand": 1, "Gather": 1, "Concat": 1, "Reshape": 1}},
		"channels of a convolution": {[]int64{-1, 3, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, convShape{in: 3, out: 5, kernel: []int64{1, 1}})
			count := b.node("Shape", values{y}, graph.IntAttr("start", 1), graph.IntAttr("end", 2))
			one := b.node("Expand", values{b.node("CastLike", values{b.scalar(1), y}), count})
			zero := b.node("Expand", values{b.node("CastLike", values{b.scalar(0), y}), count})
			return b.node("BatchNormalization", values{y, one, zero, b.constant(5), b.floats([]int64{5}, 1, 2, 3, 4, 5)})
		}, map[string]int{"Relu": 1, "Conv": 1, "BatchNormalization": 1}},
		"a computed bias": {[]int64{-1, 3, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(4, 3, 1, 1)
			zero := b.node("Expand", values{b.node("CastLike", values{b.scalar(0), x}), b.node("Shape", values{w}, graph.IntAttr("end", 1))})
			return b.node("Conv", values{x, w, zero})
		}, map[string]int{"Relu": 1, "Conv": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(9)
				x := b.input("x", c.dims...)
				if c.dims[0] < 0 {
					x.Type().Shape[0].Param = "N"
				}
				return b.output(b.node("Relu", values{c.make(b, x)}))
			}
			after, _ := passtest.Run(t, build, folding(), [][]int64{{2, 3, 4, 4}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v\n%s", got, c.want, passtest.Text(after))
			}
		})
	}
}

// sizes is the list of one size of x and −1.
func KernelSize(b *builder, x *graph.Value, axis int64) *graph.Value {
	size := b.node("Gather", []*graph.Value{b.node("Shape", []*graph.Value{x}), b.ints(axis)})
	return b.node("Concat", []*graph.Value{size, b.ints(-1)}, graph.IntAttr("axis", 0))
}

func flattenChain(b *builder, x *graph.Value) *graph.Value {
	return b.node("Reshape", []*graph.Value{x, KernelSize(b, x, 0)})
}

// TestConstantSlices takes slices with every sign and size of their ends and steps.
func TestConstantSlices(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	extremes := []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64}
	pick := func() int64 {
		if r.IntN(6) == 0 {
			return extremes[r.IntN(len(extremes))]
		}
		return int64(r.IntN(15) - 7)
	}
	for range 500 {
		start, end, step := pick(), pick(), pick()
		if step == 0 {
			step = 1
		}
		build := func() *graph.Model {
			b := newBuilder(9)
			x := b.input("x", 1)
			part := b.node("Slice", []*graph.Value{b.constant(2, 5), b.ints(start), b.ints(end), b.ints(1), b.ints(step)})
			return b.output(b.node("Add", []*graph.Value{x, b.node("ReduceSum", []*graph.Value{part})}))
		}
		before, after := build(), build()
		if _, err := pipeline.Run(context.Background(), after.Graph, folding(), pipeline.Options{}); err != nil {
			t.Fatal(err)
		}
		diff, err := passtest.Difference(before, after, passtest.Inputs(before, [][]int64{{1}}, 1))
		if err != nil || diff > 1e-12 {
			t.Errorf("%d:%d:%d of 5: the answers differ by %g (%v)", start, end, step, diff, err)
		}
		if ops(after)["Slice"] != 0 {
			t.Errorf("%d:%d:%d of 5 is not computed", start, end, step)
		}
	}
}

// TestWrittenOtherwise leaves a constant to be computed by the model where another node depends on what it is
// rounded to, such as one that it would make do nothing: who fused the file again would go on.
func TestWrittenOtherwise(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		op    string
		build func(b *builder) *graph.Value
		want  map[string]int
	}{
		"almost_one": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1e-12)})
		}, map[string]int{"Relu": 1, "Add": 1, "Mul": 1}},
		"almost_zero": {"Add", func(b *builder) *graph.Value {
			return b.node("Mul", values{b.floats(nil, 1e-30), b.floats(nil, 1e-30)})
		}, map[string]int{"Relu": 1, "Add": 1, "Mul": 1}},
		"one": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 0.75), b.floats(nil, 0.25)})
		}, map[string]int{"Relu": 1}},
		"two": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1)})
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"almost_one_and_moved": {"Mul", func(b *builder) *graph.Value {
			sum := b.node("Add", values{b.floats([]int64{1, 1}, 1), b.floats([]int64{1, 1}, 1e-12)})
			return b.reshape(b.node("Transpose", values{sum}), 1)
		}, map[string]int{"Relu": 1, "Add": 1, "Transpose": 1, "Reshape": 1, "Mul": 1}},
		"cast_to_a_wider_type": {"Mul", func(b *builder) *graph.Value {
			half := b.g.NewInitializer("h", rounded(tensor.BFloat16, []int64{2}, []float64{0.3, 0.7}))
			wide := b.node("Cast", values{b.node("Mul", values{half, half})}, graph.IntAttr("to", int64(tensor.Float32)))
			return b.node("ReduceSum", values{wide}, graph.IntAttr("keepdims", 0))
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"cast_to_a_narrower_type": {"Mul", func(b *builder) *graph.Value {
			sum := b.node("Add", values{b.floats([]int64{1}, 0.1), b.floats([]int64{1}, 0.4)})
			half := b.node("Cast", values{b.reshape(sum)}, graph.IntAttr("to", int64(tensor.Float16)))
			return b.node("Cast", values{half}, graph.IntAttr("to", int64(tensor.Float32)))
		}, map[string]int{"Relu": 1, "Add": 1, "Reshape": 1, "Cast": 2, "Mul": 1}},
		"compared": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Mul", values{b.floats([]int64{1}, 3), b.floats([]int64{1}, 1./3)})
			less := b.node("Less", values{third, b.floats([]int64{1}, 1)})
			return b.node("Where", values{less, b.floats([]int64{1}, 2), b.floats([]int64{1}, 3)})
		}, map[string]int{"Relu": 1, "Less": 1, "Where": 1, "Mul": 2}},
		"compared_with_a_number_far_away": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Mul", values{b.floats([]int64{1}, 3), b.floats([]int64{1}, 1./3)})
			less := b.node("Less", values{third, b.floats([]int64{1}, 1.001)})
			return b.node("Where", values{less, b.floats([]int64{1}, 2), b.floats([]int64{1}, 3)})
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"rounded_after_two_steps": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Mul", values{b.floats([]int64{1}, 10), b.floats([]int64{1}, 1./3)})
			return b.node("Floor", values{b.node("Add", values{third, third})})
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"rounded_after_two_steps_to_where_it_jumps": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Mul", values{b.floats([]int64{1}, 3), b.floats([]int64{1}, 1./3)})
			return b.node("Floor", values{b.node("Add", values{third, third})})
		}, map[string]int{"Relu": 1, "Mul": 2, "Add": 1, "Floor": 1}},
		"rounded_and_used_as_it_is": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Div", values{b.floats([]int64{1}, 10), b.floats([]int64{1}, 3)})
			return b.node("Sub", values{third, b.node("Floor", values{third})})
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"rounded_after_what_runtimes_approximate": {"Mul", func(b *builder) *graph.Value {
			return b.node("Floor", values{b.node("Exp", values{b.floats([]int64{1}, 1)})})
		}, map[string]int{"Relu": 1, "Exp": 1, "Floor": 1, "Mul": 1}},
		"another_use": {"Max", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1e-12)})
		}, map[string]int{"Relu": 1, "Max": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(1)
				x := b.input("x", -1, 4, -1, -1)
				return b.output(b.node(c.op, values{b.node("Relu", values{x}), c.build(b)}))
			}
			m, _ := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 2, 2}})
			if got := ops(m); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v", got, c.want)
			}
			if err := sameFileAgain(m); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFoldConstantsPatterns(t *testing.T) {
	pass := &passes.FoldConstants{MaxBytes: 1 << 10, MaxSteps: 1 << 10}
	patterns("fold_constants", pass,
		onImage("a computed factor", 2, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(x, b.node("Neg", []*graph.Value{b.add(b.constant(4, 1, 1), b.constant(4, 1, 1))}))
		}),
		onImage("a shape", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Reshape", []*graph.Value{x, b.node("Concat", []*graph.Value{b.ints(2, 20), b.ints(6)}, graph.IntAttr("axis", 0))})
		}),
	).Run(t)
}
