package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// target is a linear operator with constant parameters that can take in an affine map per channel: of
// what it computes, or of what it reads.
type target interface {
	label() string
	// result is where the channels are in what it computes, operand where in what it reads.
	result() algebra.Axis
	operand() algebra.Axis
	// after plans the operator with the map after it, before with the map before it.
	after(a stencil.Affine) (change, *refusal.Refusal)
	before(a stencil.Affine) (change, *refusal.Refusal)
	// scaled plans the operator with each of its results multiplied by a number, and each of its operands; nil leaves
	// them out.
	scaled(out, in []float64) (change, *refusal.Refusal)
}

// change is a rewrite of a target that is ready to be put in place.
type change struct {
	apply    func()
	adds     int            // nodes
	constant *tensor.Tensor // that the target adds, where it is a convolution; nil for none
}

// readTarget returns the target that n is, nil for other operators. A node that stays, whatever it does, is
// not read as part of the target.
func readTarget(n, stays *graph.Node, known *shapes.Shapes) (target, *refusal.Refusal) {
	switch {
	case n.Is("Conv"):
		return readConv(n)
	case n.Is("ConvTranspose"):
		return readConvTranspose(n)
	case n.Is("Gemm"):
		return readGemm(n)
	case n.Is("BatchNormalization"):
		return readBatchNorm(n, known)
	case n.Is("MatMul"):
		return readMatMul(n, biasAfter(n, stays), known)
	case n.Is("Add"):
		if m := matMulBefore(n); m != nil {
			return readMatMul(m, n, known)
		}
	}
	return nil, nil
}

// mayBeTarget reports whether [readTarget] reads nodes of that kind.
func mayBeTarget(n *graph.Node) bool {
	switch n.OpType {
	case "Conv", "ConvTranspose", "Gemm", "BatchNormalization", "MatMul", "Add":
		return true
	}
	return false
}

// readsImage reports whether the i-th input of n is what a target maps, not one of its parameters.
func readsImage(n *graph.Node, i int) bool {
	return i == 0 || n.Is("MatMul")
}
