package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadSlice(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 9)
	slice := func(lists ...int64) *graph.Node {
		in := []*graph.Value{x}
		for _, v := range lists {
			in = append(in, b.Ints(v))
		}
		return b.Node("Slice", in).Producer()
	}
	if begin, end, step, why := algebra.ReadSlice(slice(1, -2, 2, 3), 3); why != nil || !slices.Equal(begin, []int{1}) || !slices.Equal(end, []int{2}) || !slices.Equal(step, []int{3}) {
		t.Errorf("got %v, %v, %v, %v", begin, end, step, why)
	}
	for reason, n := range map[string]*graph.Node{
		refusal.Misaligned: slice(1, 4, 2), refusal.Unsupported: slice(-1, -5, 2, -1),
		refusal.NotConstant: b.Node("Slice", []*graph.Value{x, b.Input("at", 1), b.Ints(4)}).Producer(),
	} {
		if _, _, _, why := algebra.ReadSlice(n, 3); why == nil || why.Reason != reason {
			t.Errorf("want %s, got %v", reason, why)
		}
	}
}
