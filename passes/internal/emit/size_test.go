package emit_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
)

func TestTooLarge(t *testing.T) {
	s := stencil.Identity(512, 2)
	geometry := func(k int) stencil.Geometry { return stencil.Geometry{Kernel: []int{k, k}, Dilations: []int{1, 1}} }
	for name, c := range map[string]struct {
		side, now int
		want      bool
	}{
		"small": {3, 9, false}, "too_many_taps": {257, 1 << 30, true}, "too_many_weights": {200, 9, true},
		"in_proportion": {200, 1 << 20, false},
	} {
		if why := emit.TooLarge(s, geometry(c.side), c.now); (why != nil) != c.want {
			t.Errorf("%s: %v", name, why)
		}
	}
}
