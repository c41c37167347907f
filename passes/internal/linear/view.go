package linear

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// View is a value as an image: the batch, the channels, and spatial axes.
type View struct {
	Value *graph.Value
	Frame Frame
}

// Frame says which axis of an image each axis of a value is, a byte for each. It is empty where the value is the image
// itself, whatever its rank. Networks that keep the channels last transpose to an image and back, those that
// borrow a convolution of more axes insert one of a single element; what decides is the image that the convolution
// reads.
type Frame string

// single is an axis of one element that the image does not have.
const single = 0xff

// frameOf is the frame with the given axes.
func frameOf(axes []byte) Frame {
	for i, a := range axes {
		if int(a) != i {
			return Frame(axes)
		}
	}
	return ""
}

// ofRank is the axes of a frame for a value of so many axes.
func (f Frame) ofRank(rank int) []byte {
	if f != "" {
		return []byte(f)
	}
	axes := make([]byte, rank)
	for i := range axes {
		axes[i] = byte(i)
	}
	return axes
}

// place is which axis of the value an axis of the image is; −1 where that is not known.
func (f Frame) place(axis int) int {
	if f == "" {
		return axis
	}
	return strings.IndexByte(string(f), byte(axis))
}

// isImage reports whether a node that takes images sees the batch and the channels where they are.
func (f Frame) isImage() bool { return f == "" || len(f) > 1 && f[0] == 0 && f[1] == 1 }

// Perm is the Transpose that takes an image to a value with the frame; false where more is needed.
func (f Frame) Perm() ([]int64, bool) {
	perm := make([]int64, len(f))
	for i := range len(f) {
		perm[i] = int64(f[i])
	}
	return perm, !slices.Contains(perm, single)
}

// axesOf is how many spatial axes a node of a value with the frame has, where the image has so many.
func (f Frame) axesOf(axes int) int {
	if f == "" {
		return axes
	}
	return len(f) - 2
}

// image is a stencil over a value with the frame as one over the image.
func (f Frame) image(s stencil.Stencil) (stencil.Stencil, *refusal.Refusal) {
	if f == "" {
		return s, nil
	}
	var from []int
	for axis := 2; f.place(axis) >= 0; axis++ {
		from = append(from, f.place(axis)-2)
	}
	if len(f)-2 != s.Axes() {
		return s, refusal.New(refusal.Misaligned, "it has %d spatial axes, and its input has %d; the model is invalid, export it again", s.Axes(), len(f)-2)
	}
	out, ok := s.Rearranged(from)
	if !ok {
		return s, refusal.New(refusal.Misaligned, "it reads padding on an axis of one element that the image does not have; export the convolution without that axis")
	}
	return out, nil
}

// channels is where the channels of an image are in a value with the frame.
func (f Frame) channels(axes, count int) algebra.Axis {
	if f == "" {
		return algebra.Axis{Front: 1, Back: axes, Channels: count}
	}
	return algebra.Axis{Front: f.place(1), Back: len(f) - 1 - f.place(1), Channels: count}
}

// sizes is [algebra.SizesOf] the axes of the image; nil where the number of axes is not certain, or another one.
func (v View) sizes(known *shapes.Shapes) []int64 {
	sizes := algebra.SizesOf(known, v.Value)
	if v.Frame == "" || sizes == nil {
		return sizes
	}
	if len(sizes) != len(v.Frame) {
		return nil
	}
	var out []int64
	for axis := 0; v.Frame.place(axis) >= 0; axis++ {
		out = append(out, sizes[v.Frame.place(axis)])
	}
	return out
}
