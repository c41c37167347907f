package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestConstantsPastPools moves a constant in front of a pool only where every window has elements of the image,
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
