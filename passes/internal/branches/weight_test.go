package branches

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// TestWeight weighs a group as one convolution where a member has a layer, and one by one where none has.
func TestWeight(t *testing.T) {
	of := func(kernel, pad int, layers ...*graph.Node) *member {
		s := stencil.Of(stencil.Conv{
			In: 2, Out: 2, Group: 1, Kernel: []int{kernel}, Strides: []int{1}, Dilations: []int{1}, Begin: []int{pad}, End: []int{pad},
		})
		return &member{addend: &addend{}, Expression: linear.Expression{Layers: layers}, sum: s, now: 4 * kernel}
	}
	layer := graph.NewNode("Conv")
	for name, c := range map[string]struct {
		group group
		want  int
	}{
		"one":           {group{of(3, 1, layer)}, 12},
		"two":           {group{of(3, 1, layer), of(1, 0)}, 12},
		"without layer": {group{of(3, 1), of(1, 0)}, 16},
	} {
		if got := weigh(c.group).cost(); got != c.want {
			t.Errorf("%s: %d multiply-adds, want %d", name, got, c.want)
		}
	}
}
