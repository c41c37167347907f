package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestGroupedConvolutions makes convolutions of the parts of a Split one with groups, where the option asks for it.
func TestGroupedConvolutions(t *testing.T) {
	part := func(out, kernel int64) convShape {
		return convShape{in: 2, out: out, kernel: []int64{kernel, kernel}, pads: []int64{kernel / 2, kernel / 2, kernel / 2, kernel / 2}}
	}
	sliced := map[string]int{"Conv": 2, "Slice": 2, "Concat": 1}
	one, two := map[string]int{"Conv": 1}, map[string]int{"Conv": 2, "Split": 1, "Concat": 1}
	for name, c := range map[string]struct {
		block func(b *builder, x *graph.Value) *graph.Value
		off   bool
		want  map[string]int
	}{
		"alike": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			return b.concat(b.bn(b.conv(p[0], part(3, 3)), 3), b.bn(b.conv(p[1], part(3, 3)), 3))
		}, false, one},
		"with_groups_of_their_own": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			c := part(4, 3)
			c.group, c.bias, c.strides = 2, true, []int64{2, 1}
			return b.concat(b.conv(p[0], c), b.conv(p[1], c))
		}, false, one},
		"cut_by_slices": {func(b *builder, x *graph.Value) *graph.Value {
			return b.concat(b.conv(b.cut(x, 0, 2), part(3, 3)), b.conv(b.cut(x, -2, 1<<40), part(3, 3)))
		}, false, one},
		"slices_in_another_order": {func(b *builder, x *graph.Value) *graph.Value {
			return b.concat(b.conv(b.cut(x, 2, 4), part(3, 3)), b.conv(b.cut(x, 0, 2), part(3, 3)))
		}, false, sliced},
		"slices_that_overlap": {func(b *builder, x *graph.Value) *graph.Value {
			return b.concat(b.conv(b.cut(x, 0, 2), part(3, 3)), b.conv(b.cut(x, 1, 3), part(3, 3)))
		}, false, sliced},
		"slices_that_leave_some": {func(b *builder, x *graph.Value) *graph.Value {
			first := part(3, 3)
			first.in = 1
			return b.concat(b.conv(b.cut(x, 0, 1), first), b.conv(b.cut(x, 1, 2), first))
		}, false, sliced},
		"slices_of_two_values": {func(b *builder, x *graph.Value) *graph.Value {
			return b.concat(b.conv(b.cut(x, 0, 2), part(3, 3)), b.conv(b.cut(b.node("Relu", []*graph.Value{x}), 2, 4), part(3, 3)))
		}, false, map[string]int{"Conv": 2, "Slice": 2, "Relu": 1, "Concat": 1}},
		"not_asked_for": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			return b.concat(b.conv(p[0], part(3, 3)), b.conv(p[1], part(3, 3)))
		}, true, two},
		"other_kernels": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			return b.concat(b.conv(p[0], part(3, 3)), b.conv(p[1], part(3, 1)))
		}, false, two},
		"another_order": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			return b.concat(b.conv(p[1], part(3, 3)), b.conv(p[0], part(3, 3)))
		}, false, two},
		"parts_of_two_sizes": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 1, 3)
			first, second := part(3, 3), part(3, 3)
			first.in, second.in = 1, 3
			return b.concat(b.conv(p[0], first), b.conv(p[1], second))
		}, false, two},
		"a_bias_for_one": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			c := part(3, 3)
			c.bias = true
			return b.concat(b.conv(p[0], c), b.conv(p[1], part(3, 3)))
		}, false, two},
		"a_result_that_is_used": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			y := b.conv(p[0], part(3, 3))
			return b.concat(y, b.conv(p[1], part(3, 3)), b.node("Relu", []*graph.Value{y}))
		}, false, map[string]int{"Conv": 2, "Split": 1, "Concat": 1, "Relu": 1}},
		"a_part_that_is_used": {func(b *builder, x *graph.Value) *graph.Value {
			p := b.split(x, 2, 2)
			y := b.concat(b.conv(p[0], part(2, 3)), b.conv(p[1], part(2, 3)))
			return b.concat(y, b.node("Relu", []*graph.Value{p[0]}))
		}, false, map[string]int{"Conv": 2, "Split": 1, "Concat": 2, "Relu": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			steps := defaults()
			for _, s := range steps {
				if p, ok := s.Pass.(*passes.FuseBranches); ok {
					p.Grouped = !c.off
				}
			}
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(61)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}, steps, small(4)...)
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
			sayWhatToDo(t, result)
		})
	}
}

// cut is some channels of an image.
func (b *builder) cut(x *graph.Value, from, to int64) *graph.Value {
	return b.node("Slice", []*graph.Value{x, b.ints(from), b.ints(to), b.ints(1)})
}
