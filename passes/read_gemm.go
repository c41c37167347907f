package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// gemm is y = α·A·B + β·C with a constant B of K×D numbers, or D×K where it is transposed.
type gemm struct {
	product matrixWeight
	alpha   float64
	bias    []float64 // β·C for each of D columns, nil for none
	front   int       // axes of A before that of K
}

// readGemm returns the product that a Gemm node computes.
func readGemm(n *graph.Node) (gemm, *refusal.Refusal) {
	w, why := parameter(n, 1, "weight")
	if why != nil {
		return gemm{}, why
	}
	if w.Rank() != 2 || w.Len() == 0 {
		return gemm{}, refusal.New(refusal.Unsupported, "weight %q of shape [%s] is not a matrix", n.Input(1).Name(), tensor.FormatShape(w.Shape()))
	}
	g := gemm{product: readMatrix(w, n.Int("transB", 0) != 0), alpha: float64(n.Float("alpha", 1)), front: 1}
	if n.Int("transA", 0) != 0 {
		g.front = 0
	}
	beta := float64(n.Float("beta", 1))
	if n.Input(2) == nil {
		return g, nil
	}
	c, why := parameter(n, 2, "bias")
	if why != nil {
		return gemm{}, why
	}
	numbers, ok := view{front: 1, channels: g.product.out}.constant(c)
	if !ok {
		return gemm{}, refusal.New(refusal.NotChannel, "bias %q of shape [%s] is not one number for each of %d columns; export it as a row",
			n.Input(2).Name(), tensor.FormatShape(c.Shape()), g.product.out)
	}
	g.bias = make([]float64, len(numbers))
	for i, v := range numbers {
		g.bias[i] = float64(beta * v)
	}
	return g, nil
}
