package op_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/op"
)

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
