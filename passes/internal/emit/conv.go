package emit

import (
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Build makes a Conv or ConvTranspose that computes it of input.
func (p Conv) Build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node {
	g := before.Graph()
	n := graph.NewNode("Conv", input)
	if p.conv.Transposed {
		n = graph.NewNode("ConvTranspose", input)
	}
	n.Domain = like.Domain
	g.InsertBefore(n, before)
	weight := like.Input(1).Name()
	SetParameter(n, 1, weight, p.weight)
	if p.Bias != nil {
		SetParameter(n, 2, BiasName(weight), p.Bias)
	}
	n.SetAttr(graph.IntAttr("group", int64(p.conv.Group)))
	setInts(n, "kernel_shape", p.conv.Kernel, []int{0})
	setInts(n, "strides", p.conv.Strides, []int{1})
	setInts(n, "dilations", p.conv.Dilations, []int{1})
	setInts(n, "pads", append(append([]int{}, p.conv.Begin...), p.conv.End...), []int{0})
	nameLike(n, like)
	return n
}

// Conv is a Conv node to be, or a ConvTranspose.
type Conv struct {
	conv   stencil.Conv
	weight *tensor.Tensor
	Bias   *tensor.Tensor // nil for none
}

// PlanConv makes the parameters of a convolution in the given element type.
func PlanConv(c stencil.Conv, elem tensor.Type) (Conv, *refusal.Refusal) {
	p := Conv{conv: c}
	if t, ok := c.Weight.(*tensor.Tensor); ok && t.Type() == elem {
		p.weight = t
	} else {
		shape := []int64{int64(c.Out), int64(c.In / c.Group)}
		if c.Transposed {
			shape = []int64{int64(c.In), int64(c.Out / c.Group)}
		}
		for _, k := range c.Kernel {
			shape = append(shape, int64(k))
		}
		p.weight = tensor.Compute(elem, shape, c.Weight)
	}
	if c.Bias != nil {
		p.Bias = tensor.Compute(elem, []int64{int64(c.Out)}, tensor.Vector(c.Bias))
	}
	if !p.weight.Fits() || p.Bias != nil && !p.Bias.Fits() {
		return p, refusal.New(refusal.Overflow, "a fused weight or bias is too large for %s; fuse the model in a wider type and convert it afterwards", elem)
	}
	return p, nil
}

// Kernel is the sizes of the kernel.
func (p Conv) Kernel() []int { return p.conv.Kernel }

// Apply makes a Conv or ConvTranspose compute it.
func (p Conv) Apply(n *graph.Node) {
	weightName := n.Input(1).Name()
	if n.Input(1).Constant() != p.weight {
		SetParameter(n, 1, weightName, p.weight)
	}
	if p.Bias != nil {
		SetParameter(n, 2, BiasName(weightName), p.Bias)
	}
	setInts(n, "kernel_shape", p.conv.Kernel, nil)
	setInts(n, "strides", p.conv.Strides, []int{1})
	setInts(n, "dilations", p.conv.Dilations, []int{1})
	if n.Attr("auto_pad") != nil && n.Str("auto_pad", "NOTSET") != "NOTSET" {
		n.RemoveAttr("auto_pad")
	}
	setInts(n, "pads", append(append([]int{}, p.conv.Begin...), p.conv.End...), []int{0})
	if n.Attr("output_padding") != nil {
		n.RemoveAttr("output_padding")
	}
	if int(n.Int("group", 1)) != p.conv.Group {
		n.SetAttr(graph.IntAttr("group", int64(p.conv.Group)))
	}
}

// BiasName names the bias that belongs to a weight.
func BiasName(weight string) string {
	if stem, ok := strings.CutSuffix(weight, ".weight"); ok {
		return stem + ".bias"
	}
	return weight + "_bias"
}
