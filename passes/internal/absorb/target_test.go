package absorb

import (
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadTarget(t *testing.T) {
	b := graphtest.New(17)
	image, row := b.Input("image", 1, 2, 5), b.Input("row", 1, 2)
	square := b.Floats([]int64{2, 2}, 1)
	product := b.Node("MatMul", []*graph.Value{row, square})
	sum := b.Node("Add", []*graph.Value{product, b.Floats([]int64{2}, 1)})
	custom := b.Conv(image, 2, 2, []int64{1}, nil, 1)
	custom.Producer().Domain = "custom"
	for name, c := range map[string]struct {
		v      *graph.Value
		kind   target
		reason string
	}{
		"conv":          {b.Conv(image, 2, 2, []int64{1}, nil, 1), convTarget{}, ""},
		"convtranspose": {b.Node("ConvTranspose", []*graph.Value{image, b.Floats([]int64{2, 2, 1}, 1)}), convTranspose{}, ""},
		"gemm":          {b.Node("Gemm", []*graph.Value{row, square}), gemm{}, ""},
		"batchnorm":     {b.BatchNorm(image, 2, 1, 0, 0, 1), batchNorm{}, ""},
		"matmul":        {product, matMul{}, ""},
		"bias":          {sum, matMul{}, ""},
		"other_add":     {b.Node("Add", []*graph.Value{row, row}), nil, ""},
		"relu":          {b.Node("Relu", []*graph.Value{row}), nil, ""},
		"other_domain":  {custom, nil, ""},
		"computed":      {b.Node("Conv", []*graph.Value{image, b.Node("Relu", []*graph.Value{image})}), nil, refusal.NotConstant},
	} {
		t.Run(name, func(t *testing.T) {
			to, why := readTarget(c.v.Producer(), nil, shapes.Of(b.Graph))
			refused(t, why, c.reason)
			if got, want := fmt.Sprintf("%T", to), fmt.Sprintf("%T", c.kind); got != want {
				t.Errorf("it is read as %s, want %s", got, want)
			}
		})
	}
	// The product is named, whichever of both nodes is met; a node that stays is not its bias.
	for stays, add := range map[*graph.Node]*graph.Node{nil: sum.Producer(), sum.Producer(): nil} {
		to, why := readTarget(product.Producer(), stays, shapes.Of(b.Graph))
		if why != nil {
			t.Fatal(why.Detail)
		}
		if m := to.(matMul); m.add != add || m.label() != product.Producer().Label() {
			t.Errorf("with %v left out the bias is %v", stays, m.add)
		}
	}
}

func TestReadsImage(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5)
	conv := b.Conv(x, 2, 2, []int64{1}, nil, 1).Producer()
	product := b.Node("MatMul", []*graph.Value{b.Floats([]int64{2, 2}, 1), x}).Producer()
	if !readsImage(conv, 0) || readsImage(conv, 1) {
		t.Error("a convolution maps its first input only")
	}
	if !readsImage(product, 0) || !readsImage(product, 1) {
		t.Error("a product maps either input")
	}
}
