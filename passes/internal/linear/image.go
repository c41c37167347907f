package linear

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Image is what is known of the input of an expression.
type Image struct {
	Channels, axes int
	Size           []int // of each axis, −1 where it is not known; nil where none is
	AnyBorder      bool  // only what happens inside the image counts
}

// Image is what is known of the input, with the channels and axes that the expression says. It refuses where
// a constant is followed by that and nothing makes it certain.
func (r Expression) Image(known *shapes.Shapes) (Image, *refusal.Refusal) {
	im := Image{Channels: r.Channels, axes: r.axes}
	sizes := r.Input.sizes(known)
	if r.Channels == 0 {
		if len(sizes) < 2 || sizes[1] < 1 || sizes[1] > op.MaxExtent {
			return im, refusal.New(refusal.NotChannel, "the number of channels of %q is not known; export the model with its shapes", r.Input.Value.Name())
		}
		im.Channels, im.axes = int(sizes[1]), len(sizes)-2
	}
	if len(sizes) == im.axes+2 {
		for _, size := range sizes[2:] {
			im.Size = append(im.Size, int(size))
		}
		if sizes[1] == int64(im.Channels) {
			return im, nil
		}
	}
	if !r.Certain && r.Widens {
		return im, refusal.New(refusal.NotChannel, "a constant may broadcast %q to more channels or axes; export the model with its shapes", r.Input.Value.Name())
	}
	return im, nil
}

// mayWiden reports whether a constant can give the value that it meets channels or axes.
func mayWiden(constant *graph.Value) bool {
	return constant != nil && constant.Data() != nil && (constant.Data().Rank() > 1 || constant.Data().Len() > 1)
}
