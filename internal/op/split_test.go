package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadSplit(t *testing.T) {
	axis := graph.IntAttr("axis", -1)
	for name, c := range map[string]struct {
		n    *graph.Node
		want op.Split
		err  string
	}{
		"equal":             {node(11, "Split", []input{"x"}), op.Split{Parts: 2}, ""},
		"an attribute":      {node(11, "Split", []input{"x"}, axis, ints("split", 1, 2)), op.Split{Axis: 2, Sizes: []int64{1, 2}, Parts: 2}, ""},
		"an input":          {node(13, "Split", []input{"x", []int64{1, 2}}), op.Split{Sizes: []int64{1, 2}, Parts: 2}, ""},
		"opset 1, input":    {node(1, "Split", []input{"x", []int64{1, 2}}), op.Split{Sizes: []int64{1, 2}, Parts: 2}, ""},
		"opset 1":           {node(1, "Split", []input{"x"}, ints("split", 1, 2)), op.Split{Sizes: []int64{1, 2}, Parts: 2}, ""},
		"opset 1, both":     {node(1, "Split", []input{"x", []int64{1, 2}}, ints("split", 1, 2)), op.Split{}, "both an attribute and an input"},
		"a number of parts": {node(18, "Split", []input{"x"}, graph.IntAttr("num_outputs", 2)), op.Split{Parts: 2}, ""},
		"another number":    {node(18, "Split", []input{"x"}, graph.IntAttr("num_outputs", 3)), op.Split{}, "num_outputs is 3, and it has 2 outputs"},
		"more parts":        {node(13, "Split", []input{"x", []int64{1, 2, 3}}), op.Split{}, "its split has 3 sizes, and it has 2 outputs"},
		"computed":          {node(13, "Split", []input{"x", "y"}), op.Split{}, "its split are computed"},
		"no such axis":      {node(13, "Split", []input{"x"}, graph.IntAttr("axis", 3)), op.Split{}, "no axis 3"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadSplit(outputs(c.n, 2), 3, op.Constant)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); err == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPart(t *testing.T) {
	for _, c := range []struct {
		split              op.Split
		part               int
		size, start, count int64
		ok                 bool
	}{
		{op.Split{Parts: 3}, 1, 6, 2, 2, true},
		{op.Split{Parts: 3}, 2, 7, 6, 1, true},
		{op.Split{Parts: 4}, 3, 5, 5, 0, true},
		{op.Split{Sizes: []int64{1, 4, 2}}, 2, 7, 5, 2, true},
		{op.Split{Sizes: []int64{1, 4, 2}}, 0, 7, 0, 1, true},
		{op.Split{Sizes: []int64{1, 4}}, 0, 7, 0, 1, false},
		{op.Split{Sizes: []int64{-1, 8}}, 0, 7, 0, 0, false},
	} {
		start, count, ok := c.split.Part(c.part, c.size)
		if start != c.start || count != c.count || ok != c.ok {
			t.Errorf("part %d of %+v of %d is %d from %d, %v", c.part, c.split, c.size, count, start, ok)
		}
	}
}
