package passes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestFoldPad adds a Pad of zeros to the pads of a convolution, and refuses every other Pad.
func TestFoldPad(t *testing.T) {
	for name, c := range map[string]struct {
		pads   []int64 // of the Pad, all axes
		own    []int64 // of the convolution
		mode   string
		want   []int64 // nil where the Pad stays
		reason string
	}{
		"zeros":             {[]int64{0, 0, 1, 2, 0, 0, 3, 0}, nil, "constant", []int64{1, 2, 3, 0}, ""},
		"zeros on zeros":    {[]int64{0, 0, 1, 0, 0, 0, 0, 1}, []int64{1, 1, 1, 1}, "constant", []int64{2, 1, 1, 2}, ""},
		"a crop":            {[]int64{0, 0, -1, 0, 0, 0, 0, -1}, nil, "constant", nil, passes.PaddingMode},
		"a crop of a pad":   {[]int64{0, 0, -1, 0, 0, 0, 0, 0}, []int64{1, 1, 1, 1}, "constant", nil, passes.PaddingMode},
		"of the batch":      {[]int64{1, 0, 0, 0, 0, 0, 0, 0}, nil, "constant", nil, passes.PaddingMode},
		"of the channels":   {[]int64{0, 1, 0, 0, 0, 0, 0, 0}, nil, "constant", nil, passes.PaddingMode},
		"mirrored elements": {[]int64{0, 0, 1, 1, 0, 0, 1, 1}, nil, "reflect", nil, passes.PaddingMode},
	} {
		build := func() *graph.Model {
			b := newBuilder(4)
			x := b.input("x", -1, 4, -1, -1)
			in := int64(4)
			if c.pads[1] > 0 {
				in += c.pads[1]
			}
			padded := b.node("Pad", []*graph.Value{x, b.ints(c.pads...)}, graph.StringAttr("mode", c.mode))
			return b.output(b.conv(padded, convShape{in: in, out: 2, kernel: []int64{3, 3}, pads: c.own}))
		}
		sizes := [][][]int64{{{1, 4, 5, 6}}}
		after, result := passtest.Run(t, build, []pipeline.Step{{Name: "fold_pad", Pass: &passes.FoldPad{}}}, sizes...)
		conv := after.Graph.Outputs()[0].Producer()
		if c.want != nil && (after.Graph.Len() != 1 || !slices.Equal(conv.Ints("pads"), c.want)) {
			t.Errorf("%s: %d nodes, pads %v, %q", name, after.Graph.Len(), conv.Ints("pads"), refusals(result))
		}
		if c.want == nil && !strings.Contains(strings.Join(refusals(result), "\n"), " "+c.reason) {
			t.Errorf("%s: %d rewrites, %q", name, result.Rewrites(), refusals(result))
		}
	}
}

func TestFoldPadPatterns(t *testing.T) {
	padded := func(b *builder, x *graph.Value, amounts ...int64) *graph.Value {
		return b.conv(b.node("Pad", []*graph.Value{x, b.ints(amounts...)}), square())
	}
	patterns("fold_pad", &passes.FoldPad{},
		onImage("a pad of zeros", 1, "", func(b *builder, x *graph.Value) *graph.Value { return padded(b, x, 0, 0, 1, 2, 0, 0, 3, 0) }),
		onImage("a crop", 0, passes.PaddingMode, func(b *builder, x *graph.Value) *graph.Value { return padded(b, x, 0, 0, -1, 0, 0, 0, 0, 0) }),
	).Run(t)
}
