package passes_test

import (
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestConvTranspose folds after transposed convolutions of every grouping, and scales before them.
func TestConvTranspose(t *testing.T) {
	for _, group := range []int64{1, 2, 4} {
		for _, axes := range []int{1, 2} {
			for _, bias := range []bool{false, true} {
				dims, small := []int64{-1, 4}, []int64{2, 4}
				kernel, strides := []int64{}, []int64{}
				for i := range axes {
					dims, small = append(dims, -1), append(small, int64(2+i))
					kernel, strides = append(kernel, int64(3-i)), append(strides, int64(1+i))
				}
				c := linearCase{
					dims: dims, sizes: [][]int64{small}, want: map[string]int{"ConvTranspose": 1},
					block: func(b *builder, x *graph.Value) *graph.Value {
						in := []*graph.Value{b.mul(x, b.constant(append([]int64{4}, kernelOnes(axes)...)...)), b.constant(append([]int64{4, 3}, kernel...)...)}
						if bias {
							in = append(in, b.constant(3*group))
						}
						y := b.node("ConvTranspose", in, graph.IntAttr("group", group), graph.IntsAttr("strides", strides...))
						return b.mul(b.bn(y, int(3*group)), b.constant(append([]int64{3 * group}, kernelOnes(axes)...)...))
					},
				}
				t.Run(fmt.Sprintf("groups_%d_axes_%d_bias_%v", group, axes, bias), func(t *testing.T) { c.run(t, nil) })
			}
		}
	}
	t.Run("not_before", func(t *testing.T) {
		linearCase{
			dims: []int64{-1, 4, -1, -1}, sizes: [][]int64{{1, 4, 3, 3}},
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.node("ConvTranspose", []*graph.Value{b.bn(x, 4), b.constant(4, 2, 3, 3)})
			},
			want: map[string]int{"BatchNormalization": 1, "ConvTranspose": 1}, reason: "padding_mode: a constant before a transposed",
		}.run(t, nil)
	})
}

func kernelOnes(axes int) []int64 {
	return []int64{1, 1, 1}[:axes]
}
