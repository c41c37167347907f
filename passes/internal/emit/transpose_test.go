package emit_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
)

func TestTranspose(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 3)
	v := b.Node("Relu", []*graph.Value{x})
	v.Producer().Name = "relu"
	b.Graph.AddOutput(v)
	y := emit.Transpose(x, []int64{0, 2, 1}, v.Producer())
	v.Producer().SetInput(0, y)
	n := y.Producer()
	if err := b.Graph.Check(); err != nil || !n.Is("Transpose") || !slices.Equal(n.Ints("perm"), []int64{0, 2, 1}) || n.Name == "" || n.Name == "relu" {
		t.Errorf("%v, %s %q", err, n.OpType, n.Name)
	}
}
