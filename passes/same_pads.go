package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/stencil"
)

// readSizedConv is [readConv] that also resolves auto_pad at a stride, where the size of the image is
// known: the pads depend on it there.
func readSizedConv(n *graph.Node, known *shapes.Shapes) (stencil.Conv, *refusal) {
	mode := n.Str("auto_pad", "NOTSET")
	if mode != "SAME_UPPER" && mode != "SAME_LOWER" {
		return readConv(n)
	}
	c, why := readKernel(n)
	if why != nil {
		return c, why
	}
	sizes := sizesOf(known, n.Input(0))
	if len(sizes) != len(c.Kernel)+2 {
		return readConv(n)
	}
	for i, stride := range c.Strides {
		size := int(sizes[2+i])
		if stride > 1 && size < 0 {
			return readConv(n)
		}
		total := samePads(size, c.Kernel[i], stride, c.Dilations[i])
		begin, end := total/2, total-total/2
		if mode == "SAME_LOWER" {
			begin, end = end, begin
		}
		c.Begin, c.End = append(c.Begin, begin), append(c.End, end)
	}
	return c, nil
}

// samePads is the sum of the pads of one axis that give ⌈size/stride⌉ outputs. At stride 1 the size
// does not matter.
func samePads(size, kernel, stride, dilation int) int {
	reach := dilation * (kernel - 1)
	if stride == 1 {
		return reach
	}
	outputs := (size + stride - 1) / stride
	return max((outputs-1)*stride+reach+1-size, 0)
}
