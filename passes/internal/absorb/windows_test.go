package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
)

// TestWindows: pools, means and Resize keep what lies on other axes than those that they join.
func TestWindows(t *testing.T) {
	channels, columns := grid([]int{1, 2, 1, 1}, 0, 1), grid([]int{1, 1, 1, 4}, 0, 1, 2, 3)
	kernel := []*graph.Attr{graph.IntsAttr("kernel_shape", 2, 2)}
	scaled := func(scales ...float32) func(b graphtest.Builder, x *graph.Value) []*graph.Value {
		return func(b graphtest.Builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{x, nil, b.Floats([]int64{4}, scales...)}
		}
	}
	sized := func(b graphtest.Builder, x *graph.Value) []*graph.Value {
		return []*graph.Value{x, nil, nil, b.Ints(1, 2, 7, 4)}
	}
	crop := graph.StringAttr("coordinate_transformation_mode", "tf_crop_and_resize")
	mean := func(keep int64) []*graph.Attr {
		return []*graph.Attr{graph.IntsAttr("axes", 2, -1), graph.IntAttr("keepdims", keep)}
	}
	for name, c := range map[string]struct {
		op    string
		in    func(b graphtest.Builder, x *graph.Value) []*graph.Value
		attrs []*graph.Attr
		l     labels
		want  []int
	}{
		"pool":               {"AveragePool", nil, kernel, channels, []int{1, 2, 1, 1}},
		"pool_of_columns":    {"AveragePool", nil, kernel, columns, nil},
		"global":             {"GlobalMaxPool", nil, nil, channels, []int{1, 2, 1, 1}},
		"mean":               {"ReduceMean", nil, mean(0), channels, []int{1, 2}},
		"mean_that_keeps":    {"ReduceMean", nil, mean(1), channels, []int{1, 2, 1, 1}},
		"mean_of_columns":    {"ReduceMean", nil, mean(1), columns, nil},
		"resize":             {"Resize", scaled(1, 1, 2, 2), nil, channels, []int{1, 2, 1, 1}},
		"resize_of_columns":  {"Resize", scaled(1, 1, 2, 2), nil, columns, nil},
		"resize_of_rows":     {"Resize", scaled(1, 1, 2, 1), nil, columns, []int{1, 1, 1, 4}},
		"resize_to_a_size":   {"Resize", sized, nil, columns, []int{1, 1, 1, 4}},
		"resize_of_channels": {"Resize", scaled(1, 2, 2, 2), nil, channels, nil},
		"resize_of_a_crop":   {"Resize", scaled(1, 1, 2, 2), []*graph.Attr{crop}, channels, nil},
		"lp_pool":            {"LpPool", nil, kernel, channels, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 2, 5, 4)
			in := []*graph.Value{x}
			if c.in != nil {
				in = c.in(b, x)
			}
			if got := follows(b, b.Node(c.op, in, c.attrs...), c.l); !slices.Equal(got, c.want) {
				t.Errorf("the periods are %v, want %v", got, c.want)
			}
		})
	}
}
