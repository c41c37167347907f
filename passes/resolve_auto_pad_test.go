package passes_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestResolveAutoPad compares every combination of size, kernel, stride and dilation with the reference,
// which pads while it runs.
func TestResolveAutoPad(t *testing.T) {
	for _, mode := range []string{"SAME_UPPER", "SAME_LOWER"} {
		for height := range int64(9) {
			for kernel := range int64(5) {
				for stride := range int64(4) {
					c := convShape{in: 2, out: 3, kernel: []int64{kernel + 1, 3}, strides: []int64{stride + 1, 2}, dilations: []int64{1 + (height+kernel)%2, 1}, autoPad: mode}
					t.Run(fmt.Sprint(mode, height+1, c.kernel, c.strides, c.dilations), func(t *testing.T) {
						build := func() *graph.Model {
							b := newBuilder(2)
							return b.output(b.conv(b.node("Relu", []*graph.Value{b.input("x", -1, 2, height+1, 6)}), c))
						}
						steps := []pipeline.Step{{Name: "resolve_auto_pad", Pass: &passes.ResolveAutoPad{}}}
						after, result := passtest.Run(t, build, steps, [][]int64{{1, 2, height + 1, 6}})
						for n := range after.Graph.Nodes() {
							if n.Attr("auto_pad") != nil || result.Rewrites() != 1 {
								t.Error("auto_pad is left")
							}
						}
					})
				}
			}
		}
	}
}

// TestUnresolvedAutoPad leaves what does not depend on a size, or depends on one that is not known.
func TestUnresolvedAutoPad(t *testing.T) {
	for name, c := range map[string]struct {
		dims    []int64
		strides []int64
	}{
		"stride 1":             {[]int64{-1, 2, 8, 8}, nil},
		"an open width":        {[]int64{-1, 2, 8, -1}, []int64{2, 2}},
		"a width of no number": {[]int64{-1, 2, -1, -1}, []int64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(2)
				return b.output(b.conv(b.input("x", c.dims...), convShape{in: 2, out: 3, kernel: []int64{3, 3}, strides: c.strides, autoPad: "SAME_UPPER"}))
			}
			_, result := passtest.Run(t, build, []pipeline.Step{{Name: "resolve_auto_pad", Pass: &passes.ResolveAutoPad{}}}, [][]int64{{1, 2, 8, 8}})
			if result.Rewrites() != 0 {
				t.Error("it was rewritten")
			}
		})
	}
}

// TestSamePadsAtStrideTwo fuses a block of a framework that pads at the end: on an even size its
// branches do not share their centres, on an odd one they do.
func TestSamePadsAtStrideTwo(t *testing.T) {
	for _, size := range []int64{7, 8} {
		for _, mode := range []string{"SAME_UPPER", "SAME_LOWER"} {
			build := func() *graph.Model {
				b := newBuilder(4)
				x := b.node("Relu", []*graph.Value{b.input("x", -1, 3, size, size)})
				branch := func(kernel ...int64) *graph.Value {
					return b.bn(b.conv(x, convShape{in: 3, out: 4, kernel: kernel, strides: []int64{2, 2}, autoPad: mode}), 4)
				}
				return b.output(b.add(b.add(branch(3, 3), branch(3, 1)), b.add(branch(1, 3), branch(1, 1))))
			}
			after, _ := passtest.Run(t, build, defaults(), [][]int64{{2, 3, size, size}})
			if got, want := ops(after), map[string]int{"Relu": 1, "Conv": 1}; !maps.Equal(got, want) {
				t.Errorf("%s on %d: left are %v", mode, size, got)
			}
		}
	}
}

// TestFoldAtSamePads folds into a convolution that could not be read without the size of its image.
func TestFoldAtSamePads(t *testing.T) {
	build := func() *graph.Model {
		b := newBuilder(4)
		x := b.node("Relu", []*graph.Value{b.input("x", -1, 3, 8, 8)})
		return b.output(b.bn(b.conv(x, convShape{in: 3, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_UPPER"}), 4))
	}
	after, _ := passtest.Run(t, build, defaults(), [][]int64{{2, 3, 8, 8}})
	if got, want := ops(after), map[string]int{"Relu": 1, "Conv": 1}; !maps.Equal(got, want) {
		t.Errorf("left are %v", got)
	}
}

// TestPadsThatDependOnMore leaves auto_pad where the size is not a number, or where it means something else.
func TestPadsThatDependOnMore(t *testing.T) {
	strided := convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_UPPER"}
	for name, c := range map[string]struct {
		size  int64
		block func(b *builder, x *graph.Value) *graph.Value
		runs  bool
	}{
		"size_of_a_padded_image": {-1, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}), strided)
		}, true},
		"size_of_a_cropped_image": {-1, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(1<<40, 1<<40), b.ints(2, 3)}), strided)
		}, true},
		"transposed": {6, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("ConvTranspose", []*graph.Value{x, b.constant(4, 4, 3, 3)}, graph.IntsAttr("strides", 2, 2), graph.StringAttr("auto_pad", "SAME_UPPER"))
		}, false},
		"kernel_of_nothing": {6, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.constant(4, 4, 3, 0)}, graph.IntsAttr("strides", 2, 2), graph.StringAttr("auto_pad", "SAME_UPPER"))
		}, false},
		"far_stride": {6, func(b *builder, x *graph.Value) *graph.Value {
			c := strided
			c.strides = []int64{2, 1 << 40}
			return b.conv(x, c)
		}, false},
		"weight_of_other_axes": {6, func(b *builder, x *graph.Value) *graph.Value {
			c := strided
			c.kernel, c.strides = []int64{3, 3, 3}, []int64{2, 2, 2}
			return b.conv(x, c)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes [][][]int64
			if c.runs {
				sizes = [][][]int64{{{1, 4, 5, 6}}, {{1, 4, 6, 7}}}
			}
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(68)
				return b.output(c.block(b, b.input("x", -1, 4, c.size, c.size)))
			}, []pipeline.Step{{Name: "resolve_auto_pad", Pass: &passes.ResolveAutoPad{}}}, sizes...)
			if got := result.Rewrites(); got != 0 {
				t.Errorf("%d rewrites", got)
			}
		})
	}
}

func TestResolveAutoPadPatterns(t *testing.T) {
	strided := convShape{in: 4, out: 3, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_UPPER"}
	patterns("resolve_auto_pad", &passes.ResolveAutoPad{},
		onImage("a stride of two", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Relu", []*graph.Value{x}), strided)
		}),
	).Run(t)
}

// TestResolveTransposed compares what a ConvTranspose is padded with that is asked for its size: where the number of pads is even, they are
// written.
func TestResolveTransposed(t *testing.T) {
	for kernel := range int64(5) {
		for stride := range int64(3) {
			for _, more := range []int64{0, stride} {
				for _, to := range []int64{-1, 0, 1, 2, 3} { // −1 for auto_pad
					t.Run(fmt.Sprint(kernel+1, stride+1, more, to), func(t *testing.T) {
						c := convShape{in: 2, out: 3, kernel: []int64{kernel + 1}, strides: []int64{stride + 1}}
						asked, size := graph.StringAttr("auto_pad", "SAME_LOWER"), int64(4)*(stride+1)
						if to >= 0 {
							size += to - 2
							asked = graph.IntsAttr("output_shape", size)
						}
						build := func() *graph.Model {
							b := newBuilder(5)
							return b.output(b.convTranspose(b.node("Relu", []*graph.Value{b.input("x", -1, 2, 4)}), c, []int64{more}, asked))
						}
						steps := []pipeline.Step{{Name: "resolve_auto_pad", Pass: &passes.ResolveAutoPad{}}}
						_, result := passtest.Run(t, build, steps, [][]int64{{2, 2, 4}})
						total := 3*(stride+1) + kernel + 1 + more - size
						if want := total >= 0 && total%2 == 0; (result.Rewrites() == 1) != want {
							t.Errorf("%d pads in all, %d rewrites", total, result.Rewrites())
						}
					})
				}
			}
		}
	}
}
