package passes_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestSlicesLeftAsTheyAre counts no Slice from the end that would keep something else then, or that no layer
// can read.
func TestSlicesLeftAsTheyAre(t *testing.T) {
	i := func(list ...int64) []int64 { return list }
	steps := []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}
	for name, c := range map[string]struct {
		opset    int64
		dims     []int64
		slice    operands
		rewrites int
	}{
		"plain":               {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"plain_in_opset_10":   {10, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"of_an_axis_from_end": {17, i(1, 4, 6, 6), operands{i(1), i(5), i(-1), i(1)}, 1},
		"every_other":         {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(2)}, 1},
		"backwards":           {17, i(1, 4, 6, 6), operands{i(-9), i(-20), i(2), i(-1)}, 0},
		"without_moving":      {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), i(0)}, 0},
		"unknown_steps":       {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), nil}, 0},
		"unknown_axes":        {17, i(1, 4, 6, 6), operands{i(1), i(5), nil, i(1)}, 0},
		"unknown_ends":        {17, i(1, 4, 6, 6), operands{i(1), nil, i(2), i(1)}, 0},
		"unknown_starts":      {17, i(1, 4, 6, 6), operands{nil, i(5), i(2), i(1)}, 0},
		"of_channels":         {17, i(1, 4, 6, 6), operands{i(0), i(3), i(1), i(1)}, 0},
		"of_later_channels":   {17, i(1, 4, 6, 6), operands{i(1), i(4), i(1), i(1)}, 0},
		"fewer_ends":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5), i(2, 3), i(1, 1)}, 0},
		"fewer_axes":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5, 5), i(2), i(1, 1)}, 0},
		"unknown_size":        {17, i(1, 4, -1, 6), operands{i(1), i(5), i(2), i(1)}, 0},
		"start_of_no_number":  {17, i(1, 4, -1, 6), operands{i(-5), i(-1), i(2), i(1)}, 0},
		"already":             {17, i(1, 4, 6, 6), operands{i(1), i(-1), i(2), i(1)}, 0},
		"past_the_image":      {17, i(1, 4, 6, 6), operands{i(1), i(6), i(2), i(1)}, 1},
		"end_before_start":    {17, i(1, 4, 6, 6), operands{i(4), i(2), i(2), i(1)}, 1},
		"before_the_image":    {17, i(1, 4, 6, 6), operands{i(1), i(0), i(2), i(1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(66)
				b.m.Opsets[0].Version = c.opset
				return b.output(b.conv(b.sliced(b.input("x", c.dims...), c.slice), point()))
			}, steps)
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
		})
	}
}

// TestResolvedSlices keeps what a Slice says by the size at both ends, and the type of its operands.
func TestResolvedSlices(t *testing.T) {
	steps := []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}
	short := func(b *builder, list ...int32) *graph.Value {
		return b.g.NewInitializer("short", tensor.Of([]int64{int64(len(list))}, list...))
	}
	fromEnd := func(b *builder, x *graph.Value, drop int64) *graph.Value {
		size := b.node("Shape", []*graph.Value{x}, graph.IntAttr("start", 2), graph.IntAttr("end", 3))
		return b.sub(size, b.ints(drop))
	}
	for name, c := range map[string]struct {
		size     int64
		slice    func(b *builder, x *graph.Value) []*graph.Value
		rewrites int
	}{
		"short": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{short(b, 1), short(b, 5), short(b, 2)}
		}, 1},
		"short_and_past_the_image": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{short(b, -5), short(b, math.MaxInt32), short(b, 2)}
		}, 1},
		"start_by_the_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{fromEnd(b, x, 5), b.ints(-1), b.ints(2)}
		}, 0},
		"both_by_the_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{fromEnd(b, x, 5), fromEnd(b, x, 1), b.ints(2)}
		}, 0},
		"start_by_another_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			batch := b.node("Shape", []*graph.Value{x}, graph.IntAttr("start", 0), graph.IntAttr("end", 1))
			return []*graph.Value{batch, b.ints(-1), b.ints(2)}
		}, 0},
		"last_alone": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{b.ints(-1), b.ints(math.MaxInt64), b.ints(2)}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(67)
				x := b.input("x", c.size, 4, c.size, 6)
				return b.output(b.bn(b.node("Slice", append([]*graph.Value{x}, c.slice(b, x)...)), 4))
			}, steps, [][]int64{{max(c.size, 1), 4, 6, 6}})
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
			for n := range after.Graph.Nodes() {
				for i := 2; n.Is("Slice") && i < n.NumInputs() && n.Input(i).Constant() != nil; i++ {
					if first, other := n.Input(1).Constant(), n.Input(i).Constant(); first != nil && first.Type() != other.Type() {
						t.Errorf("operands of types %s and %s", first.Type(), other.Type())
					}
				}
			}
		})
	}
}

// TestPadsThatDependOnMore leaves auto_pad where the size is not a number, or where it means something else.
func TestPadsThatDependOnMore(t *testing.T) {
	strided := convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_UPPER"}
	for name, c := range map[string]struct {
		size  int64
		block func(b *builder, x *graph.Value) *graph.Value
		runs  bool
	}{
		"size_of_a_padded_image": {-1, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}), strided)
		}, true},
		"size_of_a_cropped_image": {-1, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(1<<40, 1<<40), b.ints(2, 3)}), strided)
		}, true},
		"transposed": {6, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("ConvTranspose", []*graph.Value{x, b.constant(4, 4, 3, 3)}, graph.IntsAttr("strides", 2, 2), graph.StringAttr("auto_pad", "SAME_UPPER"))
		}, false},
		"kernel_of_nothing": {6, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.constant(4, 4, 3, 0)}, graph.IntsAttr("strides", 2, 2), graph.StringAttr("auto_pad", "SAME_UPPER"))
		}, false},
		"far_stride": {6, func(b *builder, x *graph.Value) *graph.Value {
			c := strided
			c.strides = []int64{2, 1 << 40}
			return b.conv(x, c)
		}, false},
		"weight_of_other_axes": {6, func(b *builder, x *graph.Value) *graph.Value {
			c := strided
			c.kernel, c.strides = []int64{3, 3, 3}, []int64{2, 2, 2}
			return b.conv(x, c)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes [][][]int64
			if c.runs {
				sizes = [][][]int64{{{1, 4, 5, 6}}, {{1, 4, 6, 7}}}
			}
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(68)
				return b.output(c.block(b, b.input("x", -1, 4, c.size, c.size)))
			}, []pipeline.Step{{Name: "resolve_auto_pad", Pass: &passes.ResolveAutoPad{}}}, sizes...)
			if got := result.Rewrites(); got != 0 {
				t.Errorf("%d rewrites", got)
			}
		})
	}
}
