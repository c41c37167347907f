package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Gemm is y = α·A·B + β·C with a constant B of K×D numbers, or D×K where it is transposed.
type Gemm struct {
	Product Matrix
	Alpha   float64
	Bias    []float64 // β·C for each of D columns, nil for none
	Front   int       // axes of A before that of K
}

// ReadGemm returns the product that a Gemm node computes.
func ReadGemm(n *graph.Node) (Gemm, *refusal.Refusal) {
	w, why := Parameter(n, 1, "weight")
	if why != nil {
		return Gemm{}, why
	}
	if w.Rank() != 2 || w.Len() == 0 {
		return Gemm{}, refusal.New(refusal.Unsupported, "weight %q of shape [%s] is not a matrix; the model is invalid, export it again", n.Input(1).Name(), tensor.FormatShape(w.Shape()))
	}
	said, err := op.ReadGemm(n)
	if err != nil {
		return Gemm{}, refusal.Of(err)
	}
	g := Gemm{Product: MatrixOf(w, said.TransB), Alpha: said.Alpha, Front: 1}
	if said.TransA {
		g.Front = 0
	}
	if n.Input(2) == nil {
		return g, nil
	}
	c, why := Parameter(n, 2, "bias")
	if why != nil {
		return Gemm{}, why
	}
	numbers, ok := Axis{Front: 1, Channels: g.Product.Out}.Constant(c)
	if !ok {
		return Gemm{}, refusal.New(refusal.NotChannel, "bias %q of shape [%s] does not hold one number for each of %d columns; export it as a row",
			n.Input(2).Name(), tensor.FormatShape(c.Shape()), g.Product.Out)
	}
	g.Bias = make([]float64, len(numbers))
	for i, v := range numbers {
		g.Bias[i] = float64(said.Beta * v)
	}
	return g, nil
}
