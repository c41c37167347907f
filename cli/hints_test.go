package cli

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestContradicts(t *testing.T) {
	declared := func(sizes ...int64) graph.Type {
		typ := graph.Type{Ranked: true}
		for _, s := range sizes {
			typ.Shape = append(typ.Shape, tensor.Dim{Size: s})
		}
		return typ
	}
	known := func(sizes ...int64) []shapes.Dim {
		var dims []shapes.Dim
		for _, s := range sizes {
			dims = append(dims, shapes.Fixed(s))
		}
		return dims
	}
	for name, c := range map[string]struct {
		declared graph.Type
		inferred []shapes.Dim
		want     bool
	}{
		"the same":        {declared(1, 3), known(1, 3), false},
		"another size":    {declared(1, 4), known(1, 3), true},
		"another rank":    {declared(1, 3, 1), known(1, 3), true},
		"declared open":   {declared(-1, 3), known(1, 3), false},
		"not known":       {declared(7, 3), []shapes.Dim{shapes.Fixed(1 << 60), shapes.Fixed(3)}, false},
		"scalar for list": {declared(), known(1), true},
	} {
		if got := contradicts(c.declared, c.inferred); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
