package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// layerPlan is a layer to be, with its parameters made but nothing changed yet.
type layerPlan interface {
	// apply makes a layer of its kind compute it.
	apply(n *graph.Node)
	// build makes a node that computes it of input, in front of the given node. It is named after another
	// layer, which may stay beside it.
	build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node
	// kernel is its sizes.
	kernel() []int
}

// planLayer plans a stencil as a layer of the kind and element type of another.
func planLayer(c stencil.Conv, like *graph.Node) (layerPlan, *refusal.Refusal) {
	elem := like.Input(1).Elem()
	if like.Is("Gemm") {
		return planGemm(c, elem)
	}
	return planConv(c, elem)
}
