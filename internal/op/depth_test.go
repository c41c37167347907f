package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestBlockSize(t *testing.T) {
	for _, name := range []string{"DepthToSpace", "SpaceToDepth"} {
		for size, want := range map[int64]string{1: "", 3: "", op.MaxExtent: "", 0: "blocksize is 0", -2: "blocksize is -2", op.MaxExtent + 1: "not between 1 and"} {
			got, err := op.BlockSize(node(13, name, []input{"x"}, graph.IntAttr("blocksize", size)))
			wantError(t, err, want)
			if want == "" && got != size {
				t.Errorf("%s has blocks of %d, want %d", name, got, size)
			}
		}
	}
	_, err := op.BlockSize(node(13, "DepthToSpace", []input{"x"}))
	wantError(t, err, "its attribute blocksize is absent")
}
