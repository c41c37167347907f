package op

import "github.com/acdeploy/acdeploy/graph"

// Gemm is what a Gemm node says of alpha·A·B + beta·C.
type Gemm struct {
	Alpha, Beta    float64
	TransA, TransB bool // the operand is transposed before the product
}

// ReadGemm reads a Gemm.
func ReadGemm(n *graph.Node) (Gemm, error) {
	o, err := Of(n)
	if err != nil {
		return Gemm{}, err
	}
	return Gemm{o.Float("alpha"), o.Float("beta"), o.Flag("transA"), o.Flag("transB")}, nil
}
