package op

import (
	"github.com/acdeploy/acdeploy/graph"
)

// Window is how the kernel of a convolution or a pool moves over an image: a number for each spatial axis.
type Window struct {
	Kernel, Strides, Dilations []int
	Begin, End                 []int  // the pads, where AutoPad is NotSet
	AutoPad                    string // one of the four below
}

// The ways in which a window pads.
const (
	NotSet    = "NOTSET"     // by its pads
	Valid     = "VALID"      // not at all
	SameUpper = "SAME_UPPER" // so that there are ⌈size/stride⌉ places; the odd pad at the end
	SameLower = "SAME_LOWER" // the same, with the odd pad at the begin
)

// ReadWindow reads the attributes of a convolution or pool with the given kernel.
func ReadWindow(n *graph.Node, kernel []int) (Window, error) {
	w := Window{Kernel: kernel}
	o, err := Of(n)
	if err != nil {
		return w, err
	}
	axes := len(kernel)
	if w.AutoPad = o.Str("auto_pad"); w.AutoPad == "" {
		w.AutoPad = NotSet
	}
	if w.Strides, err = o.extents("strides", axes, 1); err != nil {
		return w, err
	}
	if w.Dilations, err = o.extents("dilations", axes, 1); err != nil {
		return w, err
	}
	for i := range axes {
		if w.Strides[i] < 1 || w.Dilations[i] < 1 {
			return w, fault(Invalid, "its strides or dilations are not positive")
		}
	}
	pads, err := o.extents("pads", 2*axes, 0)
	if err != nil {
		return w, err
	}
	switch w.AutoPad {
	case NotSet:
	case Valid, SameUpper, SameLower:
		pads = make([]int, 2*axes)
	default:
		return w, fault(Padding, "auto_pad is %q; export with explicit pads", w.AutoPad)
	}
	w.Begin, w.End = pads[:axes:axes], pads[axes:]
	return w, nil
}

// extents is a list of so many numbers, or def so often where it is absent.
func (n Node) extents(name string, count, def int) ([]int, error) {
	list := n.Ints(name)
	out := make([]int, count)
	for i := range out {
		out[i] = def
	}
	if list == nil {
		return out, nil
	}
	if len(list) != count {
		return nil, fault(Invalid, "%s has %d numbers, and its kernel needs %d", name, len(list), count)
	}
	for i, v := range list {
		if v > MaxExtent || v < -MaxExtent {
			return nil, fault(Invalid, "its attributes hold %d, which is out of range", v)
		}
		out[i] = int(v)
	}
	return out, nil
}

// Same reports whether the pads are those of auto_pad SAME_UPPER or SAME_LOWER.
func (w Window) Same() bool { return w.AutoPad == SameUpper || w.AutoPad == SameLower }

// Extent is how many elements of axis i one place of the window spans.
func (w Window) Extent(i int) int { return w.Dilations[i]*(w.Kernel[i]-1) + 1 }

// Pads is how the window pads axis i of an image of that size. Only auto_pad and a stride above 1 make it
// depend on the size: then it is false for a size below 1, which stands for one that is not known.
func (w Window) Pads(i, size int) (begin, end int, ok bool) {
	if !w.Same() {
		return w.Begin[i], w.End[i], true
	}
	total, stride := w.Extent(i)-1, w.Strides[i]
	if stride > 1 {
		if size < 1 {
			return 0, 0, false
		}
		places := (size + stride - 1) / stride
		total = max((places-1)*stride+total+1-size, 0)
	}
	if w.AutoPad == SameLower {
		return total - total/2, total / 2, true
	}
	return total / 2, total - total/2, true
}
