package op

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// Conv is what a Conv or ConvTranspose node says apart from its weight and bias.
type Conv struct {
	Window
	Group int
}

// ReadConv reads a Conv whose weight has that shape: output channels, input channels of a group, kernel.
func ReadConv(n *graph.Node, weight []int64) (Conv, error) {
	c, err := readConv(n, weight)
	if err == nil && weight[0]%int64(c.Group) != 0 {
		return c, fault(Invalid, "group %d does not divide the %d output channels of its weight; the model is invalid, export it again", c.Group, weight[0])
	}
	return c, err
}

// ConvTranspose is what a ConvTranspose node says apart from its weight and bias.
type ConvTranspose struct {
	Conv
	OutputPadding []int
	OutputShape   []int64 // nil where the sizes follow from the rest
}

// ReadConvTranspose reads a ConvTranspose whose weight has that shape: input channels, output channels of
// a group, kernel.
func ReadConvTranspose(n *graph.Node, weight []int64) (ConvTranspose, error) {
	c, err := readConv(n, weight)
	t := ConvTranspose{Conv: c}
	if err != nil {
		return t, err
	}
	if weight[0]%int64(c.Group) != 0 {
		return t, fault(Invalid, "group %d does not divide the %d input channels of its weight", c.Group, weight[0])
	}
	o := Node{of: n}
	if t.OutputShape = o.Ints("output_shape"); t.OutputShape != nil && len(t.OutputShape) != len(c.Kernel) {
		return t, fault(Invalid, "output_shape has %d numbers, and its kernel needs %d", len(t.OutputShape), len(c.Kernel))
	}
	t.OutputPadding, err = o.extents("output_padding", len(c.Kernel), 0)
	return t, err
}

func readConv(n *graph.Node, weight []int64) (Conv, error) {
	if len(weight) < 3 {
		return Conv{}, fault(Invalid, "its weight has %d axes, and a convolution needs at least 3", len(weight))
	}
	o, err := Of(n)
	if err != nil {
		return Conv{}, err
	}
	kernel, err := kernelOf(weight[2:])
	if err != nil {
		return Conv{}, err
	}
	if said := o.Ints("kernel_shape"); said != nil && !slices.Equal(said, weight[2:]) {
		return Conv{}, fault(Invalid, "its kernel_shape is %v, and its weight has kernel %v", said, weight[2:])
	}
	c := Conv{}
	if c.Window, err = ReadWindow(n, kernel); err != nil {
		return c, err
	}
	group := o.Int("group")
	if group < 1 || group > MaxExtent {
		return c, fault(Invalid, "its group is %d, not between 1 and %d", group, int64(MaxExtent))
	}
	c.Group = int(group)
	return c, nil
}

// kernelOf bounds the sizes of a kernel.
func kernelOf(sizes []int64) ([]int, error) {
	kernel := make([]int, len(sizes))
	for i, k := range sizes {
		if k < 0 || k > MaxExtent {
			return nil, fault(Invalid, "its kernel has %d elements on an axis", k)
		}
		kernel[i] = int(k)
	}
	return kernel, nil
}
