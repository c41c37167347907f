package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// image is what is known of the input of a reading.
type image struct {
	channels, axes int
	size           []int // of each axis, −1 where it is not known; nil where none is
	anyBorder      bool  // only what happens inside the image counts
}

// image is what is known of the input, with the channels and axes that the reading says. It refuses where
// a constant is followed by that and nothing makes it certain.
func (r reading) image(known *shapes.Shapes) (image, *refusal.Refusal) {
	im := image{channels: r.channels, axes: r.axes}
	sizes := algebra.SizesOf(known, r.input)
	if r.channels == 0 {
		if len(sizes) < 2 || sizes[1] < 1 || sizes[1] > stencil.MaxExtent {
			return im, refusal.New(refusal.NotChannel, "the number of channels of %q is not known; export with their sizes", r.input.Name())
		}
		im.channels, im.axes = int(sizes[1]), len(sizes)-2
	}
	if len(sizes) == im.axes+2 {
		for _, size := range sizes[2:] {
			im.size = append(im.size, int(size))
		}
		if sizes[1] == int64(im.channels) {
			return im, nil
		}
	}
	if !r.certain && r.widens {
		return im, refusal.New(refusal.NotChannel, "a constant may give %q channels or axes that it does not have; export with their sizes", r.input.Name())
	}
	return im, nil
}

// mayWiden reports whether a constant can give the value that it meets channels or axes.
func mayWiden(constant *graph.Value) bool {
	return constant != nil && constant.Data() != nil && (constant.Data().Rank() > 1 || constant.Data().Len() > 1)
}
