package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestSlicesLeftAsTheyAre counts no Slice from the end that would keep something else then, or that no layer
// can read.
func TestSlicesLeftAsTheyAre(t *testing.T) {
	i := func(list ...int64) []int64 { return list }
	steps := []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}
	for name, c := range map[string]struct {
		opset    int64
		dims     []int64
		slice    operands
		rewrites int
	}{
		"plain":               {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"plain_in_opset_10":   {10, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"of_an_axis_from_end": {17, i(1, 4, 6, 6), operands{i(1), i(5), i(-1), i(1)}, 1},
		"every_other":         {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(2)}, 1},
		"backwards":           {17, i(1, 4, 6, 6), operands{i(-9), i(-20), i(2), i(-1)}, 0},
		"without_moving":      {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), i(0)}, 0},
		"unknown_steps":       {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), nil}, 0},
		"unknown_axes":        {17, i(1, 4, 6, 6), operands{i(1), i(5), nil, i(1)}, 0},
		"unknown_ends":        {17, i(1, 4, 6, 6), operands{i(1), nil, i(2), i(1)}, 0},
		"unknown_starts":      {17, i(1, 4, 6, 6), operands{nil, i(5), i(2), i(1)}, 0},
		"of_channels":         {17, i(1, 4, 6, 6), operands{i(0), i(3), i(1), i(1)}, 0},
		"of_later_channels":   {17, i(1, 4, 6, 6), operands{i(1), i(4), i(1), i(1)}, 0},
		"fewer_ends":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5), i(2, 3), i(1, 1)}, 0},
		"fewer_axes":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5, 5), i(2), i(1, 1)}, 0},
		"unknown_size":        {17, i(1, 4, -1, 6), operands{i(1), i(5), i(2), i(1)}, 0},
		"start_of_no_number":  {17, i(1, 4, -1, 6), operands{i(-5), i(-1), i(2), i(1)}, 0},
		"already":             {17, i(1, 4, 6, 6), operands{i(1), i(-1), i(2), i(1)}, 0},
		"past_the_image":      {17, i(1, 4, 6, 6), operands{i(1), i(6), i(2), i(1)}, 1},
		"end_before_start":    {17, i(1, 4, 6, 6), operands{i(4), i(2), i(2), i(1)}, 1},
		"before_the_image":    {17, i(1, 4, 6, 6), operands{i(1), i(0), i(2), i(1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(66)
				b.m.Opsets[0].Version = c.opset
				return b.output(b.conv(b.sliced(b.input("x", c.dims...), c.slice), point()))
			}, steps)
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
		})
	}
}
