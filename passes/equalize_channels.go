package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/equalize"
	"github.com/acdeploy/acdeploy/pipeline"
)

const equalizeDoc = `gives the channels between two layers scales with which the ranges of their weights are alike

Before: Conv(Relu(Conv(x, W₁, b₁)), W₂, b₂)
After:  Conv(Relu(Conv(x, s·W₁, s·b₁)), W₂/s, b₂), with one s > 0 for each channel between the two

It prepares a model for int8. There a weight has one scale, or few, and fusing leaves channels of very different
sizes: the small ones lose most of their digits. The answers stay. Each s is a power of two, so no digit of a
weight changes.

The two layers are a Conv, ConvTranspose, Gemm or MatMul by a constant matrix. Between them may be whatever a
positive scale passes: Relu, LeakyRelu, PRelu, pools, sums, and all that only moves numbers. Every reader of the
channel takes part. Channels that are added to each other share one s, from the ranges of all of them.

A channel stays as it is where Clip, a Sigmoid or another such function reads it, where it is an output of the
model, where it has no weight, and where a weight would leave the normal numbers of its type.

Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, ICCV 2019, equation 11.`

// EqualizeChannels makes the ranges of the channels between layers alike.
type EqualizeChannels struct {
	// AnyScale takes the scales as they are, instead of the nearest powers of two.
	AnyScale bool `yaml:"any_scale" doc:"take scales that are no powers of two as well: the ranges become equal, and each weight is rounded once more"`
}

func equalizeChannels() entry {
	return entry{Name: "equalize_channels", Doc: equalizeDoc, Listed: true, New: func() pipeline.Pass { return &EqualizeChannels{} }}
}

// Run equalizes the layers of the model, all to one fixed point.
func (p *EqualizeChannels) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	plan := equalize.Make(g, shapes.Of(g), p.AnyScale)
	for _, l := range plan.Left {
		r.Refuse(l.Layer, l.Why.Reason, l.Why.Detail)
	}
	for _, group := range plan.Groups {
		apply, why := group.Plan()
		if why != nil {
			r.Refuse(group.Layer, why.Reason, why.Detail)
			continue
		}
		if !r.Rewrite(group.Layer, group.Detail, apply) {
			return nil
		}
	}
	return nil
}
