package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// host is a linear operator with constant parameters that can take in an affine map per channel: of
// what it computes, or of what it reads.
type host interface {
	label() string
	// result is where the channels stand in what it computes, operand where in what it reads.
	result() algebra.Axis
	operand() algebra.Axis
	// after plans the host with the map behind it, before with the map in front of it.
	after(a stencil.Affine) (change, *refusal.Refusal)
	before(a stencil.Affine) (change, *refusal.Refusal)
}

// change is a rewrite of a host that is ready to be put in place.
type change struct {
	apply    func()
	adds     int            // nodes
	constant *tensor.Tensor // that the host adds, where it is a convolution; nil for none
}

// readHost returns the host that n is, nil for other operators. A node that stays, whatever it does, is
// not read as part of the host.
func readHost(n, stays *graph.Node, known *shapes.Shapes) (host, *refusal.Refusal) {
	switch {
	case n.Is("Conv"):
		return readConvHost(n)
	case n.Is("ConvTranspose"):
		return readConvTranspose(n)
	case n.Is("Gemm"):
		return readGemmHost(n)
	case n.Is("BatchNormalization"):
		return readNorm(n, known)
	case n.Is("MatMul"):
		return readMatMul(n, biasBehind(n, stays), known)
	case n.Is("Add"):
		if m := multipliedBefore(n); m != nil {
			return readMatMul(m, n, known)
		}
	}
	return nil, nil
}

// readsImage reports whether the i-th input of n is what a host maps, not one of its parameters.
func readsImage(n *graph.Node, i int) bool {
	return i == 0 || n.Is("MatMul")
}

// convHost is a convolution.
type convHost struct {
	node *graph.Node
	conv stencil.Conv
}

func readConvHost(n *graph.Node) (host, *refusal.Refusal) {
	c, why := algebra.ReadConv(n)
	if why != nil {
		return nil, why
	}
	return convHost{n, c}, nil
}

func (h convHost) label() string { return h.node.Label() }

func (h convHost) result() algebra.Axis {
	return algebra.Axis{Front: 1, Back: len(h.conv.Kernel), Channels: h.conv.Out}
}

func (h convHost) operand() algebra.Axis {
	return algebra.Axis{Front: 1, Back: len(h.conv.Kernel), Channels: h.conv.In}
}

func (h convHost) after(a stencil.Affine) (change, *refusal.Refusal) {
	return h.become(stencil.Of(h.conv).Then(a))
}

func (h convHost) before(a stencil.Affine) (change, *refusal.Refusal) {
	s, err := stencil.Of(h.conv).After(a)
	if err != nil {
		return change{}, refusal.New(refusal.PaddingMode, "%v; it folds where the padding stands in front of the constant", err)
	}
	return h.become(s)
}

// become plans the convolution with other taps and bias in the same places.
func (h convHost) become(s stencil.Stencil) (change, *refusal.Refusal) {
	lowered, err := s.Lower(h.conv.Geometry())
	if err != nil {
		return change{}, refusal.New(refusal.Misaligned, "%v", err)
	}
	plan, why := emit.PlanConv(lowered, h.node.Input(1).Elem())
	return change{apply: func() { plan.Apply(h.node) }, constant: plan.Bias}, why
}
