package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// TestSiblingTranspose reads Transpose(2·w) over the view of w that another node holds.
func TestSiblingTranspose(t *testing.T) {
	b := graphtest.New(17)
	w := b.Input("w", 1, 4, 4, 3)
	perm := graph.IntsAttr("perm", 0, 3, 1, 2)
	sibling := b.Node("Transpose", []*graph.Value{w}, perm)
	scaled := b.Node("Mul", []*graph.Value{w, b.Floats([]int64{3}, 2, 3, 4)})
	v := b.Node("Transpose", []*graph.Value{scaled}, perm)
	b.Graph.AddOutput(b.Node("Add", []*graph.Value{sibling, v}))
	known := shapes.Of(b.Graph)
	over := linear.View{Value: w, Frame: "\x00\x02\x03\x01"}
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(over)
	if !ok || e.Holds() != nil {
		t.Fatal("it is not read over what both transpose")
	}
	if e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: sibling}, linear.MaxDepth).Over(over); !ok || e.Holds() != sibling {
		t.Fatal("the sibling does not hold the image")
	}
	im, why := e.Image(known)
	if why != nil {
		t.Fatal(why.Detail)
	}
	form, why := e.Evaluate(im)
	if why != nil {
		t.Fatal(why.Detail)
	}
	c, err := form.Lower(form.Union())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 3)
	for o := range got {
		row := make([]float64, c.In/c.Group)
		c.Weight.Row(row, o)
		got[o] = slices.Max(row)
	}
	if !slices.Equal(got, []float64{2, 3, 4}) {
		t.Errorf("channels are scaled by %v", got)
	}
}
