package emit

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Layer is a layer to be, with its parameters made but nothing changed yet.
type Layer interface {
	// Apply makes a layer of its kind compute it.
	Apply(n *graph.Node)
	// Build makes a node that computes it of input, before the given node. It is named after another
	// layer, which may stay next to it.
	Build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node
	// Kernel is its sizes.
	Kernel() []int
}

// PlanLayer plans a stencil as a layer of the kind and element type of another.
func PlanLayer(c stencil.Conv, like *graph.Node) (Layer, *refusal.Refusal) {
	elem := like.Input(1).Elem()
	if like.Is("Gemm") {
		return planGemm(c, elem)
	}
	return PlanConv(c, elem)
}
