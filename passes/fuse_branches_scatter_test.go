package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// listWrites makes the places of a write a list of tuples, without the first ones.
func listWrites(n *graph.Node, without int64) {
	at, _ := n.Input(1).Data().Int64s()
	numbers := n.Input(2).Data().Float64s()[without:]
	count := int64(len(numbers))
	n.Input(1).SetData(tensor.Of([]int64{count, 4}, at[4*without:]...))
	n.Input(2).SetData(rounded(tensor.Float32, []int64{count}, numbers))
}

// TestWrittenChannel follows the channels through a write that names every element, and leaves one that
// adds, and one whose numbers differ inside a channel.
func TestWrittenChannel(t *testing.T) {
	edge := []float32{0.5, -1, 0, 2}
	for name, spoil := range map[string]func(n *graph.Node){
		"as_it_is": nil,
		"adds":     func(n *graph.Node) { n.SetAttr(graph.StringAttr("reduction", "add")) },
		"unlike_along_the_side": func(n *graph.Node) {
			v := n.Input(2)
			numbers := v.Data().Float64s()
			numbers[5] += 0.25
			v.SetData(rounded(tensor.Float32, v.Data().Shape(), numbers))
		},
		"as_a_list":       func(n *graph.Node) { listWrites(n, 0) },
		"without_a_place": func(n *graph.Node) { listWrites(n, 1) },
		"twice_the_same_place": func(n *graph.Node) {
			v := n.Input(1)
			at, _ := v.Data().Int64s()
			copy(at[:4], at[4:8])
			v.SetData(tensor.Of(v.Data().Shape(), at...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				b.m.Opsets[0].Version = 18
				x := b.input("x", 1, 4, 5, 5)
				y := b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), b.floats([]int64{4}, edge...)})
				y = b.listed(b.padded(y, 1), []int64{1, 4, 7, 7}, sides(1, 7, edge)...)
				if spoil != nil {
					spoil(y.Producer())
				}
				return b.output(b.add(b.conv(x, square()), b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 3}})))
			}
			shapes := [][][]int64{{{1, 4, 5, 5}}}
			if name == "adds" {
				shapes = nil // the reference does not
			}
			m, result := passtest.Run(t, build, defaults(), shapes...)
			if got, fused := ops(m), maps.Equal(ops(m), map[string]int{"Conv": 1}); fused != (spoil == nil || name == "as_a_list") {
				t.Errorf("operators %v; refusals %q", got, refusals(result))
			}
		})
	}
}

// TestOverwritten removes a ScatterND that replaces everything, and no other.
func TestOverwritten(t *testing.T) {
	type values = []*graph.Value
	column := func(b *builder, at ...int64) *graph.Value {
		return b.g.NewInitializer("at", tensor.Of([]int64{int64(len(at)), 1}, at...))
	}
	counted := func(b *builder, x *graph.Value, axis, first, step int64) *graph.Value {
		limit := b.node("Gather", values{b.node("Shape", values{x}), b.g.NewInitializer("axis", tensor.Of(nil, axis))})
		number := func(v int64) *graph.Value { return b.g.NewInitializer("n", tensor.Of(nil, v)) }
		return b.node("Unsqueeze", values{b.node("Range", values{number(first), limit, number(step)}), b.ints(-1)})
	}
	for name, c := range map[string]struct {
		at   func(b *builder, x *graph.Value) *graph.Value
		gone bool
		attr *graph.Attr
	}{
		"all":               {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 1, 2) }, true, nil},
		"all_of_any_size":   {func(b *builder, x *graph.Value) *graph.Value { return counted(b, x, 1, 0, 1) }, true, nil},
		"in_another_order":  {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 2, 1) }, false, nil},
		"inner_ones_turned": {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 2, 1, 3) }, false, nil},
		"first_and_last":    {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 2) }, false, nil},
		"last_one_twice":    {func(b *builder, x *graph.Value) *graph.Value { return column(b, -1, 0, 2) }, false, nil},
		"none": {func(b *builder, x *graph.Value) *graph.Value {
			return b.g.NewInitializer("at", tensor.Of([]int64{0, 1}, []int64{}...))
		}, false, nil},
		"pairs": {func(b *builder, x *graph.Value) *graph.Value {
			return b.g.NewInitializer("at", tensor.Of([]int64{2, 2}, int64(0), 1, 2, 3))
		}, false, nil},
		"of_another_rank": {func(b *builder, x *graph.Value) *graph.Value {
			return b.g.NewInitializer("at", tensor.Of([]int64{1, 3, 1}, int64(0), 1, 2))
		}, false, nil},
		"as_many_as_columns":      {func(b *builder, x *graph.Value) *graph.Value { return counted(b, x, 1, 0, 1) }, false, nil},
		"from_the_second_on":      {func(b *builder, x *graph.Value) *graph.Value { return counted(b, x, 0, 1, 1) }, false, nil},
		"every_other_one":         {func(b *builder, x *graph.Value) *graph.Value { return counted(b, x, 0, 0, 2) }, false, nil},
		"in_a_value_without_rank": {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 1, 2) }, false, nil},
		"one_twice":               {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 0, 2) }, false, nil},
		"added":                   {func(b *builder, x *graph.Value) *graph.Value { return column(b, 0, 1, 2) }, false, graph.StringAttr("reduction", "add")},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(3)
				b.m.Opsets[0].Version = 18
				dims, any := []int64{3, 5}, ""
				updates := func(x *graph.Value) *graph.Value { return b.node("Abs", values{x}) }
				first := func(n int64) {
					updates = func(x *graph.Value) *graph.Value {
						return b.node("Abs", values{b.node("Slice", values{x, b.ints(0), b.ints(n), b.ints(0)})})
					}
				}
				switch name {
				case "all_of_any_size":
					dims, any = []int64{-1, -1}, "n" // the same size twice, and no number
				case "as_many_as_columns", "from_the_second_on", "every_other_one":
					dims, any = []int64{-1, -1}, "m"
				case "inner_ones_turned":
					dims[0] = 4
				case "pairs":
					dims[0] = 4
					updates = func(x *graph.Value) *graph.Value { return b.constant(2) }
				case "none":
					dims[0] = 0
				case "first_and_last":
					first(2)
				case "of_another_rank":
					updates = func(x *graph.Value) *graph.Value {
						return b.node("Unsqueeze", values{b.node("Abs", values{x}), b.ints(0)})
					}
				}
				x := b.input("x", dims...)
				if any != "" {
					x.Type().Shape[0].Param, x.Type().Shape[1].Param = "n", any
				}
				y := b.node("Tanh", values{x})
				if name == "in_a_value_without_rank" {
					y = b.node("Custom", values{x})
				}
				n := b.node("ScatterND", values{y, c.at(b, x), updates(x)})
				if c.attr != nil {
					n.Producer().SetAttr(c.attr)
				}
				return b.output(b.node("Relu", values{n}))
			}
			shapes := [][][]int64{{{3, 5}}}
			switch name {
			case "inner_ones_turned", "pairs":
				shapes[0][0][0] = 4
			case "all_of_any_size":
				shapes[0][0][1] = 3
			case "added", "none", "as_many_as_columns", "from_the_second_on", "every_other_one", "in_a_value_without_rank":
				shapes = nil // no runtime takes it, or the reference does not
			}
			m, _ := passtest.Run(t, build, defaults(), shapes...)
			if got := ops(m)["ScatterND"] == 0; got != c.gone {
				t.Errorf("operators %v", ops(m))
			}
		})
	}
}
