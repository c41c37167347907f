package passes_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestMaps folds a constant as large as the image where it is equal along all axes but the channel's, as a
// framework writes it that keeps a bias for every element.
func TestMaps(t *testing.T) {
	// spread repeats a number for each channel over an image of so many elements.
	spread := func(elements int64, shape []int64, change func(v []float32)) func(b *builder) *graph.Value {
		return func(b *builder) *graph.Value {
			var v []float32
			for c := range 4 {
				v = append(v, slices.Repeat([]float32{float32(c) - 1.5}, int(elements))...)
			}
			if change != nil {
				change(v)
			}
			return b.g.NewInitializer("map", tensor.Of(shape, v...))
		}
	}
	conv, kept := map[string]int{"Conv": 1}, map[string]int{"Conv": 1, "Add": 1}
	for name, c := range map[string]struct {
		dims   []int64
		number func(b *builder) *graph.Value
		want   map[string]int
	}{
		"of_known_size":        {[]int64{-1, 4, 3, 5}, spread(15, []int64{4, 3, 5}, nil), conv},
		"with_an_axis_of_one":  {[]int64{-1, 4, 3, 5}, spread(15, []int64{1, 4, 3, 5}, nil), conv},
		"of_the_batch_too":     {[]int64{1, 4, 3, 5}, spread(15, []int64{1, 4, 3, 5}, nil), conv},
		"of_rows":              {[]int64{-1, 4, 3, -1}, spread(3, []int64{4, 3, 1}, nil), conv},
		"one_number":           {[]int64{-1, 4, 3, 5}, spread(15, []int64{4, 3, 5}, func(v []float32) { clear(v) }), conv},
		"of_unknown_size":      {[]int64{-1, 4, -1, -1}, spread(15, []int64{4, 3, 5}, nil), kept},
		"one_element_differs":  {[]int64{-1, 4, 3, 5}, spread(15, []int64{4, 3, 5}, func(v []float32) { v[14]++ }), kept},
		"last_row_differs":     {[]int64{-1, 4, 3, 5}, spread(15, []int64{4, 3, 5}, func(v []float32) { v[59]++; v[44]++; v[29]++; v[14]++ }), kept},
		"larger_than_an_image": {[]int64{1, 4, 1, 1}, spread(15, []int64{4, 3, 5}, nil), kept},
	} {
		t.Run(name, func(t *testing.T) {
			l := linearCase{dims: c.dims, sizes: [][]int64{{1, 4, 3, 5}}, want: c.want, block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, square()), c.number(b))
			}}
			if name == "larger_than_an_image" {
				l.sizes = [][]int64{{1, 4, 1, 1}}
			}
			if l.want["Add"] > 0 {
				l.reason = passes.NotChannel
			}
			l.run(t, nil)
		})
	}
}

// TestMapInABranch takes such a constant in where a branch is read.
func TestMapInABranch(t *testing.T) {
	linearCase{
		dims: []int64{-1, 4, 2, 2}, sizes: [][]int64{{2, 4, 2, 2}}, want: map[string]int{"Conv": 1},
		block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(x, b.g.NewInitializer("map", tensor.Of([]int64{4, 2, 2}, slices.Concat(make32(4, 2), make32(4, 0.5), make32(4, -1), make32(4, 3))...)))
			return b.add(y, b.conv(x, square()))
		},
	}.run(t, nil)
}

// TestMapAfterAMatrix takes one in whose channels are the last axis, and none that is as many numbers of
// another axis.
func TestMapAfterAMatrix(t *testing.T) {
	row := []float32{2, 2, 0.5, 0.5}
	for name, c := range map[string]struct {
		numbers []float32
		want    map[string]int
	}{
		"of_rows":         {slices.Concat(row, row), map[string]int{"MatMul": 1}},
		"of_unequal_rows": {slices.Concat(row, []float32{2, 2, 0.5, 1}), map[string]int{"MatMul": 1, "Mul": 1}},
		"of_columns":      {slices.Concat(make32(4, 3), make32(4, 5)), map[string]int{"MatMul": 1, "Mul": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			linearCase{
				dims: []int64{-1, 2, 2, 4}, sizes: [][]int64{{1, 2, 2, 4}}, want: c.want,
				block: func(b *builder, x *graph.Value) *graph.Value {
					return b.mul(b.matMul(x, b.constant(4, 4)), b.g.NewInitializer("map", tensor.Of([]int64{2, 2, 4}, slices.Concat(c.numbers, c.numbers)...)))
				},
			}.run(t, nil)
		})
	}
}

// TestMapOfNothing leaves a map of an image without elements.
func TestMapOfNothing(t *testing.T) {
	linearCase{
		dims: []int64{1, 4, 0, 5}, want: map[string]int{"Conv": 1, "Add": 1}, reason: passes.NotChannel,
		block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), b.g.NewInitializer("map", tensor.Of([]int64{4, 0, 5}, []float32{}...)))
		},
	}.run(t, nil)
}

func TestFoldAffinePatterns(t *testing.T) {
	patterns("fold_affine", &passes.FoldAffine{},
		onImage("scale and shift", 2, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.mul(b.conv(x, square()), b.constant(4, 1, 1)), b.constant(1, 4, 1, 1))
		}),
		onImage("a number for each row", 0, passes.NotChannel, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.constant(5, 1))
		}),
	).Run(t)
}
