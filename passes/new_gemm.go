package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// gemmStencil is a Gemm as a stencil without spatial axes.
func gemmStencil(n *graph.Node) (stencil.Stencil, *refusal.Refusal) {
	read, why := readGemm(n)
	if why != nil {
		return stencil.Stencil{}, why
	}
	h := read.(gemmHost)
	if h.front != 1 {
		return stencil.Stencil{}, refusal.New(refusal.Misaligned, "its first operand is transposed; export it with transA=0")
	}
	s := stencil.Of(stencil.Conv{Weight: h.product.byResult(), In: h.product.in, Out: h.product.out, Group: 1}).Times(h.alpha)
	s.Bias = h.bias
	return s, nil
}

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

func (p gemmPlan) kernel() string { return sizes(p.weight.Shape()) }

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
