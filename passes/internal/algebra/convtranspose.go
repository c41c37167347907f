package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadConvTranspose returns the stencil of a ConvTranspose whose sizes follow from its kernel and its pads.
func ReadConvTranspose(n *graph.Node) (stencil.Stencil, *refusal.Refusal) {
	weight, why := Parameter(n, 1, "weight")
	if why != nil {
		return stencil.Stencil{}, why
	}
	said, err := op.ReadConvTranspose(n, weight.Shape())
	switch {
	case err != nil:
		return stencil.Stencil{}, refusal.Of(err)
	case weight.Len() == 0:
		return stencil.Stencil{}, refusal.New(refusal.NotConstant, "weight %q is empty; the model is invalid, export it again", n.Input(1).Name())
	case said.OutputShape != nil || said.Same():
		return stencil.Stencil{}, refusal.New(refusal.PaddingMode, "output_shape or auto_pad give its pads; export with explicit pads")
	}
	c := stencil.Conv{
		Weight: weight, In: int(weight.Shape()[0]), Out: int(weight.Shape()[1]) * said.Group, Group: said.Group,
		Kernel: said.Kernel, Strides: said.Strides, Dilations: said.Dilations,
	}
	if n.Input(2) != nil {
		bias, why := Parameter(n, 2, "bias")
		if why != nil {
			return stencil.Stencil{}, why
		}
		if c.Bias = bias.Float64s(); len(c.Bias) != c.Out {
			return stencil.Stencil{}, refusal.New(refusal.Unsupported, "bias %q has %d numbers for %d channels; the model is invalid, export it again", n.Input(2).Name(), len(c.Bias), c.Out)
		}
	}
	if c.Begin, c.End, why = explicitPads(said.Window); why != nil {
		return stencil.Stencil{}, why
	}
	for i, more := range said.OutputPadding {
		if more < 0 || more >= max(c.Strides[i], c.Dilations[i]) {
			return stencil.Stencil{}, refusal.New(refusal.PaddingMode, "its output_padding is %d, not below its stride or dilation; export with explicit pads", more)
		}
	}
	return stencil.OfTransposed(c, said.OutputPadding), nil
}
