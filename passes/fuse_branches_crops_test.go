package passes_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// whatever is the default pipeline with convolutions that may cost more, so that cost hides no wrong reading.
func whatever() []pipeline.Step {
	steps := defaults()
	for _, s := range steps {
		switch p := s.Pass.(type) {
		case *passes.FuseChain:
			p.AllowCostlier = true
		case *passes.FuseBranches:
			p.AllowCostlier = true
		}
	}
	return steps
}

// runWhatever runs a table of corner cases whatever their rewrites cost.
func runWhatever(t *testing.T, table map[string]cornerCase) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		t.Run(name, func(t *testing.T) {
			c := table[name]
			channels := int64(4)
			var sizes [][][]int64
			if c.image != nil {
				channels, sizes = c.image[1], [][][]int64{{c.image}}
			}
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(61)
				if c.setup != nil {
					c.setup(b.m)
				}
				return b.output(c.block(b, b.input("x", -1, channels, -1, -1)))
			}, whatever(), sizes...)
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
			said := func(s string) bool { return strings.Contains(s, " "+c.reason+": ") }
			if all := refusals(result); c.reason != "" && !slices.ContainsFunc(all, said) {
				t.Errorf("no refusal says %s: %q", c.reason, all)
			}
		})
	}
}

// operands describes the integer inputs of a Slice; nil is a value that nobody knows.
type operands struct{ starts, ends, axes, steps []int64 }

func (b *builder) sliced(x *graph.Value, o operands) *graph.Value {
	in := []*graph.Value{x}
	for i, list := range [][]int64{o.starts, o.ends, o.axes, o.steps} {
		if list == nil {
			in = append(in, b.input([]string{"starts", "ends", "axes", "steps"}[i], 1))
			continue
		}
		in = append(in, b.ints(list...))
	}
	return b.node("Slice", in)
}

// TestSlicesBeforeAConvolution composes a Slice that has steps with the convolution after it, unless what
// it keeps cannot be said without the size of the image, or at all.
func TestSlicesBeforeAConvolution(t *testing.T) {
	one, image := map[string]int{"Conv": 1}, []int64{2, 4, 7, 9}
	stays := map[string]int{"Slice": 1, "Conv": 1}
	const all, far = math.MaxInt64, 1 << 40
	before := func(o operands) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value { return b.conv(b.sliced(x, o), point()) }
	}
	i := func(list ...int64) []int64 { return list }
	runWhatever(t, map[string]cornerCase{
		"second_of_two":     {block: before(operands{i(1), i(all), i(3), i(2)}), image: image, want: one},
		"third_of_three":    {block: before(operands{i(2, 1), i(-1, all), i(-1, -2), i(3, 2)}), image: image, want: one},
		"of_all_axes":       {block: before(operands{i(0, 0, 1, 1), i(math.MaxInt32, all, -1, all), i(0, 1, 2, 3), i(1, 1, 1, 1)}), image: image, want: one},
		"last_alone":        {block: before(operands{i(-1), i(all), i(3), i(1)}), image: image, want: stays},
		"from_the_end":      {block: before(operands{i(-3), i(all), i(3), i(1)}), image: image, want: stays},
		"to_an_index":       {block: before(operands{i(0), i(3), i(3), i(1)}), image: image, want: stays},
		"nothing":           {block: before(operands{i(0), i(0), i(3), i(1)}), want: stays},
		"backwards":         {block: before(operands{i(5), i(-7), i(3), i(-1)}), image: image, want: stays},
		"without_moving":    {block: before(operands{i(0), i(all), i(3), i(0)}), want: stays},
		"with_a_far_step":   {block: before(operands{i(0), i(all), i(3), i(far)}), image: image, want: stays},
		"from_far":          {block: before(operands{i(far), i(all), i(3), i(1)}), want: stays},
		"to_far_before":     {block: before(operands{i(0), i(-far), i(3), i(1)}), want: stays},
		"unknown_steps":     {block: before(operands{i(0), i(all), i(3), nil}), want: stays},
		"unknown_axes":      {block: before(operands{i(1), i(all), nil, i(1)}), want: stays},
		"unknown_starts":    {block: before(operands{nil, i(all), i(3), i(1)}), want: stays},
		"unknown_ends":      {block: before(operands{i(1), nil, i(3), i(1)}), want: stays},
		"axis_twice":        {block: before(operands{i(1, 0), i(all, -1), i(3, -1), i(1, 1)}), want: stays},
		"axis_behind_all":   {block: before(operands{i(1), i(all), i(4), i(1)}), want: stays},
		"axis_before_all":   {block: before(operands{i(1), i(all), i(-5), i(1)}), want: stays},
		"fewer_ends":        {block: before(operands{i(1, 1), i(all), i(2, 3), i(1, 1)}), want: stays},
		"fewer_axes":        {block: before(operands{i(1, 1), i(all, all), i(2), i(1, 1)}), want: stays},
		"fewer_steps":       {block: before(operands{i(1, 1), i(all, all), i(2, 3), i(1)}), want: stays},
		"of_the_batch":      {block: before(operands{i(1), i(all), i(0), i(1)}), image: image, want: stays},
		"some_of_the_batch": {block: before(operands{i(0), i(all), i(0), i(2)}), image: image, want: stays},
		"of_channels": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.sliced(x, operands{i(1), i(all), i(1), i(1)}), dense(3, 4, i(1, 1), nil))
		}, image: image, want: one},
		"old_without_axes": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x}, graph.IntsAttr("starts", 0, 0, 0, 1), graph.IntsAttr("ends", far, far, far, far))
			return b.add(b.conv(y, dense(4, 4, i(1, 1), nil)), b.conv(x, dense(4, 4, i(1, 2), nil)))
		}, image: image, want: one, setup: opset(9)},
	})
}

// TestPadsBeforeAConvolution keeps a Pad that is no border of zeros around the image.
func TestPadsBeforeAConvolution(t *testing.T) {
	image, far := []int64{2, 4, 3, 4}, int64(1<<40)
	stays := map[string]int{"Pad": 1, "Conv": 1}
	attribute := func(value float32) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{x}, graph.IntsAttr("pads", 0, 0, 1, 0, 0, 0, 0, 1), graph.FloatAttr("value", value))
			return b.conv(y, point())
		}
	}
	with := func(more ...func(b *builder) *graph.Value) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			in := []*graph.Value{x}
			for _, m := range more {
				in = append(in, m(b))
			}
			return b.conv(b.node("Pad", in), point())
		}
	}
	list := func(list ...int64) func(b *builder) *graph.Value {
		return func(b *builder) *graph.Value { return b.ints(list...) }
	}
	unknown := func(name string) func(b *builder) *graph.Value {
		return func(b *builder) *graph.Value { return b.input(name, 1) }
	}
	zero := func(b *builder) *graph.Value { return b.scalar(0) }
	runWhatever(t, map[string]cornerCase{
		"zeros_by_attribute":    {block: attribute(0), image: image, want: map[string]int{"Conv": 1}, setup: opset(10)},
		"ones_by_attribute":     {block: attribute(1), image: image, want: stays, reason: passes.PaddingMode, setup: opset(10)},
		"behind_the_channels":   {block: padBefore("", 0, 0, 0, 0, 0, 1, 0, 0), image: []int64{2, 3, 3, 4}, want: stays, reason: passes.PaddingMode},
		"behind_the_batch":      {block: padBefore("", 0, 0, 0, 0, 1, 0, 0, 0), image: image, want: stays, reason: passes.PaddingMode},
		"computed_pads":         {block: with(unknown("pads")), want: stays, reason: passes.NotConstant},
		"computed_value":        {block: with(list(0, 0, 1, 1, 0, 0, 1, 1), unknown("value")), want: stays, reason: passes.PaddingMode},
		"computed_axes":         {block: with(list(1, 1), zero, unknown("axes")), want: stays, reason: passes.NotConstant, setup: opset(18)},
		"axes_given":            {block: with(list(1, 0, 0, 1), zero, list(-1, 2)), image: image, want: map[string]int{"Conv": 1}, setup: opset(18)},
		"axes_with_fewer_pads":  {block: with(list(1, 1), zero, list(2, 3)), want: stays, reason: passes.PaddingMode, setup: opset(18)},
		"one_pad_more":          {block: with(list(0, 0, 1, 0, 0, 1, 1)), want: stays, reason: passes.PaddingMode},
		"far_in_front":          {block: with(list(0, 0, far, 0, 0, 0, 0, 0)), want: stays, reason: passes.Unsupported},
		"far_cropped_behind":    {block: with(list(0, 0, 0, 0, 0, 0, 0, -far)), want: stays, reason: passes.Unsupported},
		"axis_behind_the_image": {block: with(list(1, 1), zero, list(4)), want: stays, reason: passes.Unsupported, setup: opset(18)},
	})
}

// TestRunsOfMoves merges branches that read crops of pads, and none that pads what it cropped.
func TestRunsOfMoves(t *testing.T) {
	image := []int64{2, 4, 6, 7}
	pad := func(b *builder, x *graph.Value, by int64) *graph.Value {
		return b.node("Pad", []*graph.Value{x, b.ints(0, 0, by, 0, 0, 0, by, 0)})
	}
	crop := func(b *builder, x *graph.Value) *graph.Value {
		return b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(-1), b.ints(2)})
	}
	line := dense(4, 4, []int64{3, 1}, nil)
	joined := func(moves func(b *builder, x *graph.Value) *graph.Value) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(moves(b, x), line), b.conv(x, square()))
		}
	}
	runWhatever(t, map[string]cornerCase{
		"pad_then_crop": {block: joined(func(b *builder, x *graph.Value) *graph.Value { return crop(b, pad(b, x, 2)) }), image: image, want: map[string]int{"Conv": 1}},
		"pad_of_an_axis_from_the_end_then_crop": {
			block: joined(func(b *builder, x *graph.Value) *graph.Value {
				return crop(b, b.node("Pad", []*graph.Value{x, b.ints(2, 2), b.scalar(0), b.ints(-2)}))
			}), image: image, want: map[string]int{"Conv": 1}, setup: opset(18),
		},
		"mirror_then_crop": {
			block: joined(func(b *builder, x *graph.Value) *graph.Value {
				y := pad(b, x, 2)
				y.Producer().SetAttr(graph.StringAttr("mode", "reflect"))
				return crop(b, y)
			}),
			image: image, want: map[string]int{"Conv": 2, "Pad": 1, "Slice": 1, "Add": 1}, reason: passes.PaddingMode,
		},
		"crop_then_pad": {
			block: joined(func(b *builder, x *graph.Value) *graph.Value { return pad(b, crop(b, x), 2) }),
			image: image, want: map[string]int{"Conv": 2, "Slice": 1, "Add": 1}, reason: passes.Misaligned,
		},
		"crop_then_pad_then_crop": {
			block: joined(func(b *builder, x *graph.Value) *graph.Value { return crop(b, pad(b, crop(b, x), 3)) }),
			image: image, want: map[string]int{"Conv": 2, "Slice": 2, "Pad": 1, "Add": 1}, reason: passes.Misaligned,
		},
	})
}
