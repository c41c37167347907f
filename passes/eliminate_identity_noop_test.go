package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestNoops removes what gives its operand back, in every opset that has it, and nothing that may not.
func TestNoops(t *testing.T) {
	image := []int64{2, 4, 3, 4}
	node := func(op string, attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value { return b.node(op, []*graph.Value{x}, attrs...) }
	}
	i, list := graph.IntAttr, graph.IntsAttr
	mode := func(v any) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			in := []*graph.Value{x, nil, nil}
			switch v := v.(type) {
			case bool:
				in[2] = b.g.NewInitializer("mode", tensor.Of(nil, v))
			case string:
				in[2] = b.input(v)
				in[2].SetElem(tensor.Bool)
			}
			return b.node("Dropout", in)
		}
	}
	masked := func(used bool) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Dropout", []*graph.Value{x})
			mask := b.g.NewValue("mask")
			if err := y.Producer().AddOutput(mask); err != nil {
				panic(err)
			}
			if used {
				b.g.AddOutput(mask)
			}
			return y
		}
	}
	like := func(elem tensor.Type) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			other := b.input("other", 1)
			other.SetElem(elem)
			return b.node("CastLike", []*graph.Value{x, other})
		}
	}
	fancy := func(b *builder, x *graph.Value) *graph.Value {
		y := b.node("Fancy", []*graph.Value{x})
		y.Producer().Domain = "org.example"
		return y
	}
	pad := func(amounts ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			if b.m.Opsets[0].Version < 11 {
				return b.node("Pad", []*graph.Value{x}, list("pads", amounts...))
			}
			return b.node("Pad", []*graph.Value{x, b.ints(amounts...)})
		}
	}
	nothing := []int64{0, 0, 0, 0, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		opset int64
		block func(b *builder, x *graph.Value) *graph.Value
		image []int64
		gone  bool
	}{
		"transpose_of_nothing": {17, node("Transpose", list("perm", 0, 1, 2, 3)), image, true},
		"transpose_of_two":     {17, node("Transpose", list("perm", 0, 1, 3, 2)), image, false},
		"transpose_of_all":     {17, node("Transpose"), image, false},
		"sum_of_one":           {17, node("Sum"), image, true},
		"largest_of_one":       {17, node("Max"), image, true},
		"smallest_of_one":      {17, node("Min"), image, true},
		"mean_of_one":          {17, node("Mean"), image, true},
		"concat_of_one":        {17, node("Concat", i("axis", 1)), image, true},
		"cast_to_the_same":     {17, node("Cast", i("to", int64(tensor.Float32))), image, true},
		"cast_to_another":      {17, node("Cast", i("to", int64(tensor.Float64))), nil, false},
		"cast_like_the_same":   {17, like(tensor.Float32), nil, true},
		"cast_like_another":    {17, like(tensor.Float64), nil, false},
		"cast_like_what_is_unknown": {17, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("CastLike", []*graph.Value{fancy(b, x), fancy(b, x)})
		}, nil, false},
		"dropout":                   {17, node("Dropout"), image, true},
		"dropout_off":               {17, mode(false), image, true},
		"dropout_on":                {17, mode(true), nil, false},
		"dropout_by_an_input":       {17, mode("mode"), nil, false},
		"dropout_with_its_mask":     {17, masked(true), nil, false},
		"dropout_with_an_idle_mask": {17, masked(false), image, true},
		"dropout_in_opset_7":        {7, node("Dropout"), image, true},
		"dropout_in_opset_6":        {6, node("Dropout"), nil, false},
		"dropout_in_a_test":         {6, node("Dropout", i("is_test", 1)), image, true},
		"pad_by_an_attribute":       {10, pad(nothing...), image, true},
		"pad_in_opset_11":           {11, pad(nothing...), image, true},
		"pad_of_one_behind":         {11, pad(0, 0, 0, 0, 0, 0, 0, 1), image, false},
		"pad_of_one_by_attribute":   {10, pad(0, 0, 0, 0, 0, 0, 0, 1), image, false},
		"zero_in_front_in_opset_7":  {7, func(b *builder, x *graph.Value) *graph.Value { return b.add(b.scalar(0), x) }, image, true},
		"ones_that_widen_in_opset_7": {7, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.node("ReduceMax", []*graph.Value{x}, list("axes", 1), i("keepdims", 1)), b.filled(1, 4, 1, 1))
		}, image, false},
		"reshape_then_reshape":         {17, func(b *builder, x *graph.Value) *graph.Value { return b.reshape(b.reshape(x, 0, 4, -1), 2, -1) }, image, false},
		"reshape_then_copy_of_an_axis": {17, func(b *builder, x *graph.Value) *graph.Value { return b.reshape(b.reshape(x, 2, 12, 4), 0, 0, 2, 2) }, image, false},
		"reshape_to_an_input": {17, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Reshape", []*graph.Value{b.reshape(x, 8, -1), b.input("shape", 2)})
		}, nil, false},
		"unknown_to_a_scalar": {17, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Reshape", []*graph.Value{b.node("Squeeze", []*graph.Value{x}), b.g.NewInitializer("scalar", tensor.Of([]int64{0}, []int64{}...))})
		}, nil, false},
		"scalar_to_an_input": {17, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Reshape", []*graph.Value{b.node("ReduceMax", []*graph.Value{x}, i("keepdims", 0)), b.input("shape", -1)})
		}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes [][][]int64
			if c.image != nil {
				sizes = [][][]int64{{c.image}}
			}
			build := func() *graph.Model {
				b := newBuilder(74)
				b.m.Opsets[0].Version = c.opset
				importExample(b.m)
				x := b.node("Relu", []*graph.Value{b.input("x", -1, 4, -1, -1)})
				return b.output(b.node("Relu", []*graph.Value{c.block(b, x)}))
			}
			want := ops(build())
			switch {
			case c.gone:
				want = map[string]int{"Relu": 2}
			case name == "reshape_then_reshape":
				want["Reshape"]--
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got := ops(after); !maps.Equal(got, want) {
				t.Errorf("operators %v, want %v; refusals %q", got, want, refusals(result))
			}
		})
	}
	// What a Reshape replaces, whatever it was.
	for _, op := range []string{"Squeeze", "Unsqueeze", "Flatten"} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(75)
			in := []*graph.Value{b.node("Relu", []*graph.Value{b.input("x", -1, 4, 1, -1)})}
			if op != "Flatten" {
				in = append(in, b.ints(2))
			}
			return b.output(b.reshape(b.node(op, in), -1, 4))
		}, defaults(), [][]int64{{2, 4, 1, 3}})
		if got, want := ops(after), map[string]int{"Relu": 1, "Reshape": 1}; !maps.Equal(got, want) {
			t.Errorf("%s: operators %v, want %v", op, got, want)
		}
	}
}
