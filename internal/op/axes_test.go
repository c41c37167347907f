package op_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/op"
)

func TestAxis(t *testing.T) {
	for _, c := range []struct {
		axis int64
		want int
		ok   bool
	}{{0, 0, true}, {3, 3, true}, {4, 4, false}, {-1, 3, true}, {-4, 0, true}, {-5, -1, false}} {
		if got, ok := op.Axis(c.axis, 4); got != c.want || ok != c.ok {
			t.Errorf("axis %d of 4 is %d, %v", c.axis, got, ok)
		}
	}
}

func TestAxes(t *testing.T) {
	got, err := op.Axes([]int64{2, -4}, 4)
	if diff := cmp.Diff([]int{2, 0}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, list := range [][]int64{{1, 1}, {1, -3}, {4}, {-5}} {
		if _, err := op.Axes(list, 4); err == nil {
			t.Errorf("axes %v of 4 are taken", list)
		}
	}
}

func TestResizeAxes(t *testing.T) {
	if got, err := op.ResizeAxes(node(18, "Resize", []input{"x"}, ints("axes", -1, 2)), 4); err != nil || !slices.Equal(got, []int{3, 2}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := op.ResizeAxes(node(18, "Resize", []input{"x"}), 3); err != nil || !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := op.ResizeAxes(node(18, "Resize", []input{"x"}, ints("axes", 1, 1)), 3); err == nil {
		t.Error("an axis is named twice")
	}
}
