package passes_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestPoolsThatStay has pools that are no stencil, or none of any image.
func TestPoolsThatStay(t *testing.T) {
	const far = 1 << 40
	i := func(name string, list ...int64) *graph.Attr { return graph.IntsAttr(name, list...) }
	lower := convShape{in: 4, out: 4, kernel: []int64{2, 2}, pads: []int64{1, 1, 0, 0}}
	for name, c := range map[string]struct {
		op     string
		attrs  []*graph.Attr
		reason string
		runs   bool
	}{
		"average_padded_in_front": {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("pads", 1, 1, 0, 0)}, passes.PaddingMode, true},
		"average_padded_behind":   {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("pads", 0, 0, 1, 1)}, passes.PaddingMode, true},
		"maximum_padded_in_front": {"MaxPool", []*graph.Attr{i("kernel_shape", 1, 1), i("pads", 1, 0, 0, 0)}, passes.Unsupported, false},
		"same_at_stride_two":      {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("strides", 2, 2), graph.StringAttr("auto_pad", "SAME_UPPER")}, passes.PaddingMode, false},
		"no_kernel":               {"AveragePool", nil, passes.Unsupported, false},
		"empty_kernel":            {"AveragePool", []*graph.Attr{i("kernel_shape", 0, 2)}, passes.Unsupported, false},
		"far_kernel":              {"AveragePool", []*graph.Attr{i("kernel_shape", far, 1)}, passes.Unsupported, false},
		"too_many_elements":       {"AveragePool", []*graph.Attr{i("kernel_shape", 1<<10, 1<<10)}, passes.Unsupported, false},
		"stride_of_nothing":       {"MaxPool", []*graph.Attr{i("kernel_shape", 1, 1), i("strides", 0, 1)}, passes.Unsupported, false},
		"dilation_of_nothing":     {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("dilations", 1, 0)}, passes.Unsupported, false},
		"negative_pad":            {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("pads", 0, 0, -1, 0)}, passes.Unsupported, false},
		"far_stride":              {"MaxPool", []*graph.Attr{i("kernel_shape", 1, 1), i("strides", far, 1)}, passes.Unsupported, false},
		"more_pads_than_axes":     {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("pads", 0, 0, 0, 0, 1)}, passes.Unsupported, false},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes [][][]int64
			if c.runs {
				sizes = small(4)[1:3]
			}
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(63)
				x := b.input("x", -1, 4, -1, -1)
				return b.output(b.add(b.conv(x, lower), b.node(c.op, []*graph.Value{x}, c.attrs...)))
			}, whatever(), sizes...)
			if got, want := ops(after), map[string]int{"Conv": 1, c.op: 1, "Add": 1}; !maps.Equal(got, want) {
				t.Errorf("operators %v, want %v", got, want)
			}
			said := func(s string) bool { return strings.Contains(s, " "+c.reason+": ") }
			if all := refusals(result); !slices.ContainsFunc(all, said) {
				t.Errorf("no refusal says %s: %q", c.reason, all)
			}
		})
	}
}

// TestConstantsPastPools moves a constant before a pool only where every window has elements of the image,
// and no others.
func TestConstantsPastPools(t *testing.T) {
	image, sizes := []int64{-1, 4, -1, -1}, [][]int64{{1, 4, 5, 6}, {2, 4, 7, 5}}
	i := func(name string, list ...int64) *graph.Attr { return graph.IntsAttr(name, list...) }
	ones := graph.IntAttr("count_include_pad", 1)
	same := func(mode string) *graph.Attr { return graph.StringAttr("auto_pad", mode) }
	for name, c := range map[string]struct {
		op    string
		attrs []*graph.Attr
		folds bool
	}{
		"average_of_same_upper_pads":       {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 2), same("SAME_UPPER"), ones}, false},
		"average_of_same_lower_pads":       {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 2), same("SAME_LOWER"), ones}, false},
		"average_of_valid_windows":         {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 2), same("VALID"), ones}, true},
		"average_padded_behind":            {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 3), i("pads", 0, 0, 0, 1), ones}, false},
		"average_of_what_is_inside":        {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 3), i("pads", 2, 0, 0, 2)}, true},
		"average_of_a_window_outside":      {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 3), i("pads", 2, 0, 0, 0)}, false},
		"average_of_a_window_behind":       {"AveragePool", []*graph.Attr{i("kernel_shape", 3, 2), i("pads", 0, 0, 0, 2)}, false},
		"largest_in_gaps_without_padding":  {"MaxPool", []*graph.Attr{i("kernel_shape", 2, 2), i("dilations", 2, 2)}, true},
		"largest_in_gaps_of_one":           {"MaxPool", []*graph.Attr{i("kernel_shape", 2, 2), i("dilations", 1, 1), i("pads", 1, 1, 1, 1)}, true},
		"largest_in_gaps_with_padding":     {"MaxPool", []*graph.Attr{i("kernel_shape", 2, 2), i("dilations", 1, 3), i("pads", 1, 1, 1, 1)}, false},
		"largest_of_a_window_behind":       {"MaxPool", []*graph.Attr{i("kernel_shape", 3, 2), i("pads", 0, 0, 0, 2)}, false},
		"average_that_may_end_outside":     {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("strides", 2, 2), graph.IntAttr("ceil_mode", 1), ones}, false},
		"average_that_may_end_outside_not": {"AveragePool", []*graph.Attr{i("kernel_shape", 2, 2), i("strides", 2, 2), graph.IntAttr("ceil_mode", 1)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]int{"Conv": 1, c.op: 1, "Add": 1}
			if c.folds {
				delete(want, "Add")
			}
			run := linearCase{image, sizes, func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.node(c.op, []*graph.Value{b.conv(x, square())}, c.attrs...), b.constant(4, 1, 1))
			}, want, ""}
			if !c.folds {
				run.sizes = nil // engines differ in what they make of such windows
			}
			run.run(t, nil)
		})
	}
}
