package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestGatherAxis(t *testing.T) {
	axis, err := op.GatherAxis(node(13, "Gather", []input{"x", "i"}), 3)
	if axis != 0 || err != nil {
		t.Errorf("the default is %d: %v", axis, err)
	}
	axis, err = op.GatherAxis(node(13, "GatherElements", []input{"x", "i"}, graph.IntAttr("axis", -1)), 3)
	if axis != 2 || err != nil {
		t.Errorf("the last axis is %d: %v", axis, err)
	}
	_, err = op.GatherAxis(node(13, "Gather", []input{"x", "i"}), 0)
	wantError(t, err, "no axis 0")
}

func TestReplaces(t *testing.T) {
	scatter := func(opset int64, attrs ...*graph.Attr) bool {
		return op.Replaces(node(opset, "ScatterND", []input{"x", "i", "u"}, attrs...))
	}
	if !scatter(11) || !scatter(16) || !scatter(16, graph.StringAttr("reduction", "none")) {
		t.Error("updates do not replace")
	}
	if scatter(16, graph.StringAttr("reduction", "add")) || op.Replaces(node(16, "ScatterND", []input{"x"})) {
		t.Error("updates replace where they are added, or absent")
	}
}
