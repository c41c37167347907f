package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestSpreadsFreely(t *testing.T) {
	for opset, want := range map[int64]bool{1: false, 6: false, 7: true, 21: true} {
		if got := op.SpreadsFreely(node(opset, "Add", []input{"a", "b"}).Graph()); got != want {
			t.Errorf("opset %d: %t", opset, got)
		}
	}
}

func TestReadOldBroadcast(t *testing.T) {
	got, old := op.ReadOldBroadcast(node(6, "Add", []input{"a", "b"}, graph.IntAttr("broadcast", 1), graph.IntAttr("axis", 0)))
	if want := (op.OldBroadcast{On: true, HasAxis: true}); got != want || !old {
		t.Errorf("%+v, %v", got, old)
	}
	if got, old := op.ReadOldBroadcast(node(6, "Add", []input{"a", "b"})); got != (op.OldBroadcast{}) || !old {
		t.Errorf("%+v, %v", got, old)
	}
	if _, old := op.ReadOldBroadcast(node(7, "Add", []input{"a", "b"})); old {
		t.Error("opset 7 broadcasts by the old rule")
	}
	if _, old := op.ReadOldBroadcast(graph.NewNode("Add")); old {
		t.Error("a node of no graph broadcasts by the old rule")
	}
}

func TestBroadcast(t *testing.T) {
	for _, c := range []struct {
		a, b, want []int64
	}{
		{[]int64{2, 3}, []int64{3}, []int64{2, 3}},
		{[]int64{1}, []int64{2, 1}, []int64{2, 1}},
		{[]int64{2, 1}, []int64{1, 3}, []int64{2, 3}},
		{[]int64{0}, []int64{1}, []int64{0}},
		{[]int64{}, []int64{}, []int64{}},
		{[]int64{2}, []int64{3}, nil},
		{[]int64{0}, []int64{2}, nil},
	} {
		got, ok := op.Broadcast(c.a, c.b)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != (c.want != nil) {
			t.Errorf("%v and %v: %v\n%s", c.a, c.b, ok, diff)
		}
	}
}
