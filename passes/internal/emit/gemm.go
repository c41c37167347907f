package emit

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Gemm is a Gemm to be, of a matrix with a row for each result.
type Gemm struct {
	weight *tensor.Tensor
	bias   *tensor.Tensor // nil for none
}

func planGemm(c stencil.Conv, elem tensor.Type) (Gemm, *refusal.Refusal) {
	var p Gemm
	var why *refusal.Refusal
	if p.weight, why = Fitting(tensor.Compute(elem, []int64{int64(c.Out), int64(c.In)}, c.Weight)); why != nil || c.Bias == nil {
		return p, why
	}
	p.bias, why = Bias(elem, c.Bias, int64(c.Out))
	return p, why
}

// Kernel is the rows and columns of the matrix.
func (p Gemm) Kernel() []int { return []int{int(p.weight.Shape()[0]), int(p.weight.Shape()[1])} }

// Apply makes a Gemm compute it.
func (p Gemm) Apply(n *graph.Node) {
	SetWeights(n, 1, p.weight, 2, p.bias)
	n.SetAttr(graph.IntAttr("transB", 1))
	for _, factor := range []string{"alpha", "beta"} {
		if n.Attr(factor) != nil {
			n.SetAttr(graph.FloatAttr(factor, 1))
		}
	}
	if p.bias != nil && !op.SpreadsFreely(n.Graph()) {
		n.SetAttr(graph.IntAttr("broadcast", 1))
	}
}

// Build makes a Gemm that computes it of input.
func (p Gemm) Build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node {
	n := graph.NewNode("Gemm", input)
	n.Domain = like.Domain
	before.Graph().InsertBefore(n, before)
	n.SetInput(1, like.Input(1))
	p.Apply(n)
	nameLike(n, like)
	return n
}
