package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestNeutralConstants removes element-wise nodes that change nothing, and no node that broadens its
// operand.
func TestNeutralConstants(t *testing.T) {
	full := func(b *builder, v float32, shape ...int64) *graph.Value {
		n, _ := tensor.Count(shape)
		return b.g.NewInitializer("n", tensor.Of(shape, make32(n, v)...))
	}
	removed := map[string]int{"Relu": 1, "Tanh": 1}
	with := func(op string) map[string]int { return map[string]int{"Relu": 1, "Tanh": 1, op: 1} }
	image, unknown := []int64{-1, 4, -1, -1}, []int64(nil)
	for name, c := range map[string]struct {
		op    string
		value float32
		shape []int64
		left  bool // whether the constant is the first operand
		dims  []int64
		want  map[string]int
		opset int64
	}{
		"plus_zero":                   {op: "Add", dims: image, want: removed},
		"zero_plus":                   {op: "Add", left: true, dims: image, want: removed},
		"minus_zero":                  {op: "Sub", shape: []int64{1}, dims: image, want: removed},
		"zero_minus":                  {op: "Sub", left: true, dims: image, want: with("Sub")},
		"times_one":                   {op: "Mul", value: 1, shape: []int64{1, 1, 1}, dims: image, want: removed},
		"one_times":                   {op: "Mul", value: 1, left: true, dims: image, want: removed},
		"over_one":                    {op: "Div", value: 1, dims: image, want: removed},
		"one_over":                    {op: "Div", value: 1, left: true, dims: image, want: with("Div")},
		"to_the_power_of_one":         {op: "Pow", value: 1, dims: image, want: removed},
		"one_to_the_power":            {op: "Pow", value: 1, left: true, dims: image, want: with("Pow")},
		"minus_one":                   {op: "Mul", value: -1, dims: image, want: with("Mul")},
		"plus_little":                 {op: "Add", value: 1e-30, dims: image, want: with("Add")},
		"per_channel":                 {op: "Add", shape: []int64{4, 1, 1}, dims: image, want: removed},
		"per_channel_that_widens":     {op: "Add", shape: []int64{4, 1, 1}, dims: []int64{-1, 1, -1, -1}, want: with("Add")},
		"per_channel_of_unknown":      {op: "Add", shape: []int64{4, 1, 1}, dims: []int64{-1, -1, -1, -1}, want: with("Add")},
		"more_axes":                   {op: "Mul", value: 1, shape: []int64{1, 1, 1, 1, 1}, dims: image, want: with("Mul")},
		"axes_of_unknown":             {op: "Mul", value: 1, shape: []int64{1}, dims: unknown, want: with("Mul")},
		"scalar_of_unknown":           {op: "Mul", value: 1, dims: unknown, want: removed},
		"old_broadcast":               {op: "Add", shape: []int64{4}, dims: unknown, want: removed, opset: 6},
		"old_constant_on_the_left":    {op: "Add", shape: []int64{4}, left: true, dims: []int64{4}, want: with("Add"), opset: 6},
		"sum_with_zero":               {op: "Sum", shape: []int64{1, 4, 1, 1}, dims: image, want: removed},
		"sum_with_one":                {op: "Sum", value: 1, shape: []int64{1, 4, 1, 1}, dims: image, want: with("Sum")},
		"sum_with_zero_that_broadens": {op: "Sum", shape: []int64{1, 4, 1, 1}, dims: []int64{-1, 1, -1, -1}, want: with("Sum")},
	} {
		t.Run(name, func(t *testing.T) {
			sizes := [][]int64{{2, 4, 3, 5}}
			if len(c.dims) == 4 && c.dims[1] == 1 {
				sizes = [][]int64{{2, 1, 3, 5}}
			}
			if c.opset != 0 {
				sizes = nil
			}
			linearCase{dims: c.dims, sizes: sizes, want: c.want, block: func(b *builder, x *graph.Value) *graph.Value {
				if c.dims == nil {
					x.SetType(graph.Type{Elem: x.Elem()})
				}
				in := []*graph.Value{b.node("Relu", []*graph.Value{x}), full(b, c.value, c.shape...)}
				if c.left {
					in[0], in[1] = in[1], in[0]
				}
				var attrs []*graph.Attr
				if c.opset != 0 {
					attrs = append(attrs, graph.IntAttr("broadcast", 1))
				}
				return b.node("Tanh", []*graph.Value{b.node(c.op, in, attrs...)})
			}}.run(t, func(m *graph.Model) {
				if c.opset != 0 {
					m.Opsets[0].Version = c.opset
				}
			})
		})
	}
}

// TestNothingMoved removes nodes that keep every element where it is.
func TestNothingMoved(t *testing.T) {
	far := int64(1)<<62 + 5
	for name, c := range map[string]linearCase{
		"slice_of_all": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Slice", []*graph.Value{x, b.ints(0, 0), b.ints(far, 1<<31-1), b.ints(1, 2), b.ints(1, 1)})
		}},
		"slice_of_some": {want: map[string]int{"Slice": 1}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Slice", []*graph.Value{x, b.ints(0, 0), b.ints(far, 3), b.ints(1, 2)})
		}},
		"slice_of_every_other": {want: map[string]int{"Slice": 1}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(far), b.ints(2), b.ints(2)})
		}},
		"same_shape":  {block: func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 2, 4, -1, 5) }},
		"same_shape0": {block: func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 0, -1, 3, 0) }},
		"other_shape": {want: map[string]int{"Reshape": 1}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(x, 2, 4, 5, 3)
		}},
		"two_open_sizes": {dims: []int64{-1, 4, -1, 5}, want: map[string]int{"Reshape": 1}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(x, -1, 4, 3, 5)
		}},
		"reshaped_twice": {want: map[string]int{"Reshape": 1}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(b.node("Flatten", []*graph.Value{b.reshape(x, -1, 5)}), 3, 40)
		}},
		"reshaped_by_what_is_there": {want: map[string]int{"Reshape": 2}, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(b.reshape(x, -1, 5), 0, 1, -1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inner := c.block
			c.block = func(b *builder, x *graph.Value) *graph.Value {
				return b.node("Tanh", []*graph.Value{inner(b, b.node("Relu", []*graph.Value{x}))})
			}
			if c.dims == nil {
				c.dims = []int64{2, 4, 3, 5}
			}
			if c.want == nil {
				c.want = map[string]int{}
			}
			c.want["Relu"], c.want["Tanh"] = 1, 1
			c.sizes = [][]int64{{2, 4, 3, 5}}
			c.run(t, nil)
		})
	}
}

func TestEliminateIdentityPatterns(t *testing.T) {
	between := func(op string, more ...func(b *builder) *graph.Value) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			in := []*graph.Value{b.node("Relu", []*graph.Value{x})}
			for _, operand := range more {
				in = append(in, operand(b))
			}
			return b.node("Tanh", []*graph.Value{b.node(op, in)})
		}
	}
	patterns("eliminate_identity", &passes.EliminateIdentity{},
		onImage("an identity", 1, "", between("Identity")),
		onImage("a dropout", 1, "", between("Dropout")),
		onImage("times one", 1, "", between("Mul", func(b *builder) *graph.Value { return b.floats([]int64{4, 1, 1}, 1, 1, 1, 1) })),
		onImage("times two", 0, "", between("Mul", func(b *builder) *graph.Value { return b.floats([]int64{1}, 2) })),
		onImage("of an input", 0, "", func(b *builder, x *graph.Value) *graph.Value { return b.node("Identity", []*graph.Value{x}) }),
	).Run(t)
}
