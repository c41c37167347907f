package passes_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

func dense(in, out int64, kernel, pads []int64) convShape {
	return convShape{in: in, out: out, kernel: kernel, pads: pads}
}

// TestChains composes convolutions that follow each other, or says why not.
func TestChains(t *testing.T) {
	conv := map[string]int{"Conv": 1}
	two := map[string]int{"Conv": 2}
	ones := []int64{1, 1}
	around := []int64{1, 1, 1, 1}
	point := dense(4, 4, ones, nil)
	biased := point
	biased.bias = true
	for name, c := range map[string]struct {
		block  func(b *builder, x *graph.Value) *graph.Value
		want   map[string]int
		reason string // of a refusal of fuse_chain, with a part of its detail after a colon
	}{
		"point_then_square": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, point), square())
		}, conv, ""},
		"square_then_point": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.bn(b.conv(x, square()), 4), biased)
		}, conv, ""},
		"expanded": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(b.conv(x, dense(4, 16, ones, around)), dense(16, 16, []int64{3, 3}, nil))
			return b.conv(y, dense(16, 4, ones, nil))
		}, conv, ""},
		"padded_in_the_first": {func(b *builder, x *graph.Value) *graph.Value {
			first := biased
			first.pads = around
			return b.conv(b.conv(x, first), dense(4, 4, []int64{3, 3}, nil))
		}, conv, ""},
		"padded_with_zeros_then_shifted": {func(b *builder, x *graph.Value) *graph.Value {
			// Written so, the border carries exactly the constant that the first convolution adds.
			y := b.node("Pad", []*graph.Value{b.conv(x, point), b.ints(0, 0, 1, 1, 0, 0, 1, 1)})
			return b.conv(b.add(y, b.constant(4, 1, 1)), dense(4, 4, []int64{3, 3}, nil))
		}, conv, ""},
		"strided_then_padded": {func(b *builder, x *graph.Value) *graph.Value {
			first := point
			first.strides = []int64{2, 2}
			return b.conv(b.conv(x, first), square())
		}, conv, ""},
		"lines_padded_on_their_own_axes": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, convShape{in: 4, out: 4, group: 4, kernel: []int64{1, 2}, pads: []int64{0, 1, 0, 0}})
			return b.conv(y, convShape{in: 4, out: 4, group: 4, kernel: []int64{2, 1}, pads: []int64{1, 0, 0, 0}})
		}, conv, ""},
		"windows_then_average": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("AveragePool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
		}, conv, ""},
		"sampled_then_point": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", 2, 2))
			return b.conv(y, biased)
		}, conv, ""},
		"square_then_sampled": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.node("Slice", []*graph.Value{y, b.ints(0, 0), b.ints(1<<40, 1<<40), b.ints(2, 3), b.ints(2, 3)})
		}, conv, ""},
		"three_pay_where_two_do_not": {func(b *builder, x *graph.Value) *graph.Value {
			middle := convShape{in: 16, out: 16, group: 16, kernel: []int64{3, 3}, pads: around}
			return b.conv(b.conv(b.conv(x, dense(4, 16, ones, nil)), middle), dense(16, 4, ones, nil))
		}, conv, ""},
		"groups_meet": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, convShape{in: 4, out: 8, group: 4, kernel: ones}), convShape{in: 8, out: 2, group: 2, kernel: []int64{3, 3}, pads: around})
		}, conv, ""},
		// What must stay.
		"constant_at_the_border": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, biased), square())
		}, two, "border: the constant before the convolution is not added to its zero padding"},
		"both_padded": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, dense(4, 16, []int64{3, 3}, around)), dense(16, 4, []int64{3, 3}, around))
		}, two, "border: read the image"},
		"patch_of_unknown_size": {func(b *builder, x *graph.Value) *graph.Value {
			first := convShape{in: 4, out: 16, kernel: []int64{2, 2}, strides: []int64{2, 2}}
			return b.conv(b.conv(x, first), dense(16, 4, []int64{2, 2}, around))
		}, two, "border: read the image"},
		"depthwise_then_dense": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, depthwise(3, 3)), biased)
		}, two, "costlier: one kernel for 3×3 → 1×1 would take 144 multiply-adds per output position, and the layers one after the other take 52"},
		"strided_second_counts_the_first_often": {func(b *builder, x *graph.Value) *graph.Value {
			second := dense(1, 4, []int64{1, 1}, nil)
			second.strides = []int64{2, 2}
			return b.conv(b.conv(x, dense(4, 1, []int64{3, 3}, around)), second)
		}, conv, ""},
		"point_then_average": {func(b *builder, x *graph.Value) *graph.Value {
			// As many multiply-adds, four times the weights.
			return b.node("AveragePool", []*graph.Value{b.conv(x, point)}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
		}, map[string]int{"Conv": 1, "AveragePool": 1}, ""},
		"activation_between": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Relu", []*graph.Value{b.conv(x, point)}), square())
		}, map[string]int{"Conv": 2, "Relu": 1}, ""},
		"shared_between": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, point)
			return b.node("Concat", []*graph.Value{b.conv(y, square()), y}, graph.IntAttr("axis", 1))
		}, map[string]int{"Conv": 2, "Concat": 1}, ""},
		"largest_between": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{b.conv(x, point)}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("pads", 1, 1, 0, 0))
			return b.conv(y, square())
		}, map[string]int{"Conv": 2, "MaxPool": 1}, ""},
		"types_differ": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.g.NewInitializer("wide", tensor.Of([]int64{4, 4, 1, 1}, make([]float64, 16)...))
			return b.node("Conv", []*graph.Value{b.conv(x, point), w})
		}, two, "element_type: float"},
		"too_large_for_the_type": {func(b *builder, x *graph.Value) *graph.Value {
			huge := func(x *graph.Value) *graph.Value {
				y := b.conv(x, point)
				y.Producer().Input(1).SetData(tensor.Of([]int64{4, 4, 1, 1}, make32(16, 3e30)...))
				return y
			}
			return huge(huge(x))
		}, two, "overflow: a fused weight or bias is too large for float"},
		"not_linear_between": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, point), 4)
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			return b.conv(y, point)
		}, map[string]int{"Conv": 2, "BatchNormalization": 1}, ""},
		"computed_weight": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.node("ReduceMax", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("axes", 0))
			w = b.node("Concat", []*graph.Value{w, w, w, w}, graph.IntAttr("axis", 0))
			return b.node("Conv", []*graph.Value{b.conv(x, point), w})
		}, map[string]int{"Conv": 3, "ReduceMax": 1, "Concat": 1}, "not_constant: computed"},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(41)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			sizes := small(4)
			switch name {
			case "windows_then_average", "point_then_average", "patch_of_unknown_size":
				sizes = sizes[2:] // of one element no window can be taken
			case "types_differ", "computed_weight", "not_linear_between":
				sizes = nil // no engine runs it
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
			sayWhatToDo(t, result)
			reason, detail, _ := strings.Cut(c.reason, ": ")
			said := func(p string) bool {
				return strings.HasPrefix(p, "fuse_chain ") && strings.Contains(p, " "+reason+": ") && strings.Contains(p, detail)
			}
			if all := refusals(result); c.reason != "" && !slices.ContainsFunc(all, said) {
				t.Errorf("want %s, got %q", c.reason, all)
			}
		})
	}
}

// TestChainsInSums leaves a chain inside a sum to the fusion of branches, which sees all of the block.
func TestChainsInSums(t *testing.T) {
	after, result := passtest.Run(t, func() *graph.Model {
		b := newBuilder(42)
		x := b.input("x", -1, 4, -1, -1)
		chain := b.conv(b.conv(x, dense(4, 1, []int64{1, 1}, nil)), dense(1, 4, []int64{3, 3}, []int64{1, 1, 1, 1}))
		return b.output(b.add(b.conv(x, square()), chain))
	}, defaults(), small(4)...)
	if got := ops(after); !maps.Equal(got, map[string]int{"Conv": 1}) {
		t.Errorf("operators %v", got)
	}
	for _, p := range result.Passes {
		if p.Name == "fuse_chain" && len(p.Rewrites) > 0 {
			t.Errorf("composed %v", p.Rewrites)
		}
	}
}

// TestChainsCostlier composes where the rule of costs would not, unless the result is out of proportion.
func TestChainsCostlier(t *testing.T) {
	steps := defaults()
	for _, s := range steps {
		if p, ok := s.Pass.(*passes.FuseChain); ok {
			p.AllowCostlier = true
		}
	}
	after, _ := passtest.Run(t, func() *graph.Model {
		b := newBuilder(43)
		return b.output(b.conv(b.conv(b.input("x", -1, 4, -1, -1), depthwise(3, 3)), dense(4, 4, []int64{1, 1}, nil)))
	}, steps, small(4)...)
	if got := ops(after); !maps.Equal(got, map[string]int{"Conv": 1}) {
		t.Errorf("operators %v", got)
	}
	after, result := passtest.Run(t, func() *graph.Model {
		b := newBuilder(44)
		y := b.conv(b.input("x", -1, 8192, -1, -1), dense(8192, 1, []int64{1, 1}, nil))
		return b.output(b.conv(y, dense(1, 8192, []int64{1, 1}, nil)))
	}, steps)
	if got := ops(after); !maps.Equal(got, map[string]int{"Conv": 2}) || !strings.Contains(strings.Join(refusals(result), " "), "67108864 weights") {
		t.Errorf("operators %v, refusals %q", got, refusals(result))
	}
}

// TestChainsThatWereOneConvolution shows the kernels of stacks that look as if they were one convolution
// before training, fused or not, and of no others.
func TestChainsThatWereOneConvolution(t *testing.T) {
	around := []int64{1, 1, 1, 1}
	biased := dense(4, 4, []int64{1, 1}, nil)
	biased.bias = true
	for name, c := range map[string]struct {
		first, second convShape
		want          []string
	}{
		"composed":           {dense(4, 4, []int64{1, 1}, nil), square(), []string{"1×1 → 3×3"}},
		"kept_by_its_border": {biased, square(), []string{"1×1 → 3×3"}},
		"two_squares":        {dense(4, 16, []int64{3, 3}, around), dense(16, 4, []int64{3, 3}, around), nil},
		"kept_by_its_cost":   {depthwise(3, 3), biased, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(45)
				return b.output(b.conv(b.conv(b.input("x", -1, 4, -1, -1), c.first), c.second))
			}, defaults(), small(4)...)
			var got []string
			for _, p := range result.Passes {
				for _, r := range p.Rewrites {
					got = append(got, r.Branches...)
				}
				for _, r := range p.Refusals {
					got = append(got, r.Branches...)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q; refusals %q", got, c.want, refusals(result))
			}
		})
	}
}

// TestBorderOfACostlierChain says that a chain costs more composed, and nothing of its border: who mended that
// would gain nothing.
func TestBorderOfACostlierChain(t *testing.T) {
	biased := dense(4, 4, []int64{1, 1}, nil)
	biased.bias = true
	around := dense(4, 4, []int64{3, 3}, []int64{1, 1, 1, 1})
	for name, c := range map[string]struct {
		first, second convShape
		reason        string
	}{
		"that_pays":      {biased, around, passes.Border},
		"of_two_squares": {around, around, passes.Costlier},
		"of_a_square":    {around, dense(4, 4, []int64{1, 3}, []int64{0, 1, 0, 1}), passes.Costlier},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(45)
				return b.output(b.conv(b.conv(b.input("x", -1, 4, -1, -1), c.first), c.second))
			}, defaults(), small(4)...)
			if got := reasons(result); !slices.Equal(got, []string{c.reason}) {
				t.Errorf("refused for %q, want %s", refusals(result), c.reason)
			}
		})
	}
}

func TestFuseChainPatterns(t *testing.T) {
	patterns("fuse_chain", &passes.FuseChain{},
		onImage("a point and a square", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, dense(4, 4, []int64{1, 1}, nil)), square())
		}),
		onImage("a padded border", 0, passes.Border, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.conv(x, point()), square())
		}),
	).Run(t)
}
