package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// gemmPlan is a Gemm to be, of a matrix with a row for each result.
type gemmPlan struct {
	weight *tensor.Tensor
	bias   *tensor.Tensor // nil for none
}

func planGemm(c stencil.Conv, elem tensor.Type) (gemmPlan, *refusal.Refusal) {
	var p gemmPlan
	var why *refusal.Refusal
	if p.weight, why = fitting(tensor.Compute(elem, []int64{int64(c.Out), int64(c.In)}, c.Weight)); why != nil || c.Bias == nil {
		return p, why
	}
	p.bias, why = bias(elem, c.Bias, int64(c.Out))
	return p, why
}

func (p gemmPlan) kernel() []int { return []int{int(p.weight.Shape()[0]), int(p.weight.Shape()[1])} }

func (p gemmPlan) apply(n *graph.Node) {
	setWeights(n, 1, p.weight, 2, p.bias)
	n.SetAttr(graph.IntAttr("transB", 1))
	for _, factor := range []string{"alpha", "beta"} {
		if n.Attr(factor) != nil {
			n.SetAttr(graph.FloatAttr(factor, 1))
		}
	}
	if p.bias != nil && n.Graph().Opset() < 7 {
		n.SetAttr(graph.IntAttr("broadcast", 1))
	}
}

func (p gemmPlan) build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node {
	n := graph.NewNode("Gemm", input)
	n.Domain = like.Domain
	before.Graph().InsertBefore(n, before)
	n.SetInput(1, like.Input(1))
	p.apply(n)
	nameLike(n, like)
	return n
}
