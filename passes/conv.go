package passes

import (
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// readConv returns the convolution that a Conv node computes.
func readConv(n *graph.Node) (stencil.Conv, *refusal.Refusal) {
	var c stencil.Conv
	weight, why := parameter(n, 1, "weight")
	if why != nil {
		return c, why
	}
	shape := weight.Shape()
	axes := len(shape) - 2
	group := int(n.Int("group", 1))
	c = stencil.Conv{
		Weight: weight, Out: int(shape[0]), In: int(shape[1]) * group, Group: group,
		Strides: intsOr(n.Ints("strides"), axes, 1), Dilations: intsOr(n.Ints("dilations"), axes, 1),
	}
	for _, k := range shape[2:] {
		c.Kernel = append(c.Kernel, int(k))
	}
	for _, list := range [][]int64{n.Ints("strides"), n.Ints("dilations"), n.Ints("pads")} {
		for _, v := range list {
			if v > maxExtent {
				return c, refusal.New(refusal.Unsupported, "%d in its attributes is more than any image has elements", v)
			}
		}
	}
	if weight.Len() == 0 {
		return c, refusal.New(refusal.NotConstant, "weight %q is empty", n.Input(1).Name())
	}
	if n.Input(2) != nil {
		bias, why := parameter(n, 2, "bias")
		if why != nil {
			return c, why
		}
		c.Bias = bias.Float64s()
	}
	c.Begin, c.End, why = convPads(n, c)
	return c, why
}

// parameter is the constant, finite tensor of a floating-point type that is the i-th input of n.
func parameter(n *graph.Node, i int, what string) (*tensor.Tensor, *refusal.Refusal) {
	v := n.Input(i)
	switch {
	case v == nil:
		return nil, refusal.New(refusal.NotConstant, "it has no %s; export the model with its parameters", what)
	case v.Overridable():
		return nil, refusal.New(refusal.GraphInput, "%s %q is also an input of the graph, so a caller may replace it; export without keep_initializers_as_inputs", what, v.Name())
	case v.IsInput() && v.Constant() == nil:
		return nil, refusal.New(refusal.GraphInput, "%s %q is an input of the graph; export the model with its parameters", what, v.Name())
	case v.Producer().Is("DequantizeLinear"):
		return nil, refusal.New(refusal.Quantized, "%s %q is quantized; fuse the model before it is quantized", what, v.Name())
	case v.IsInitializer() && v.Constant() == nil:
		return nil, refusal.New(refusal.Unsupported, "%s %q is sparse; export it dense", what, v.Name())
	case v.Constant() == nil:
		return nil, refusal.New(refusal.NotConstant, "%s %q is computed; export the model in evaluation mode and with constant folding", what, v.Name())
	}
	t := v.Constant()
	if !t.Type().IsFloat() {
		return nil, refusal.New(refusal.ElementType, "%s %q is of type %s; fuse the model before its parameters are converted to that", what, v.Name(), t.Type())
	}
	if !t.Finite() {
		return nil, refusal.New(refusal.NonFinite, "%s %q holds NaN or infinity; export a checkpoint that holds numbers", what, v.Name())
	}
	return t, nil
}

// convPads resolves pads and auto_pad to explicit pads.
func convPads(n *graph.Node, c stencil.Conv) (begin, end []int, why *refusal.Refusal) {
	axes := len(c.Kernel)
	begin, end = make([]int, axes), make([]int, axes)
	mode := n.Str("auto_pad", "NOTSET")
	switch mode {
	case "VALID":
		return begin, end, nil
	case "NOTSET", "":
		pads := intsOr(n.Ints("pads"), 2*axes, 0)
		copy(begin, pads[:axes])
		copy(end, pads[axes:])
		for i := range axes {
			if begin[i] < 0 || end[i] < 0 {
				return nil, nil, refusal.New(refusal.PaddingMode, "its pads are negative; crop with a Slice in front of it")
			}
		}
		return begin, end, nil
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return nil, nil, refusal.New(refusal.PaddingMode, "auto_pad is %q; export with explicit pads", mode)
	}
	for i := range axes {
		if c.Strides[i] != 1 {
			return nil, nil, refusal.New(refusal.PaddingMode, "auto_pad=%s with stride %d depends on the size of the image; export with explicit pads", mode, c.Strides[i])
		}
		begin[i], end[i] = samePads(mode, 0, c.Kernel[i], c.Strides[i], c.Dilations[i])
	}
	return begin, end, nil
}

// samePads is how auto_pad SAME_UPPER or SAME_LOWER pads one axis, so that there are ⌈size/stride⌉
// outputs. At stride 1 the size does not matter.
func samePads(mode string, size, kernel, stride, dilation int) (begin, end int) {
	total := dilation * (kernel - 1)
	if stride > 1 {
		outputs := (size + stride - 1) / stride
		total = max((outputs-1)*stride+total+1-size, 0)
	}
	if mode == "SAME_LOWER" {
		return total - total/2, total / 2
	}
	return total / 2, total - total/2
}

func intsOr(list []int64, n, def int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = def
		if i < len(list) {
			out[i] = int(list[i])
		}
	}
	return out
}

// geometry is the kernel of a convolution.
func geometry(c stencil.Conv) stencil.Geometry {
	return stencil.Geometry{Kernel: c.Kernel, Dilations: c.Dilations, Begin: c.Begin, End: c.End}
}

// convPlan is a Conv node to be.
type convPlan struct {
	conv   stencil.Conv
	weight *tensor.Tensor
	bias   *tensor.Tensor // nil for none
}

// planConv makes the parameters of a convolution in the given element type.
func planConv(c stencil.Conv, elem tensor.Type) (convPlan, *refusal.Refusal) {
	p := convPlan{conv: c}
	if t, ok := c.Weight.(*tensor.Tensor); ok && t.Type() == elem {
		p.weight = t
	} else {
		shape := []int64{int64(c.Out), int64(c.In / c.Group)}
		for _, k := range c.Kernel {
			shape = append(shape, int64(k))
		}
		p.weight = tensor.Compute(elem, shape, c.Weight)
	}
	if c.Bias != nil {
		p.bias = tensor.Compute(elem, []int64{int64(c.Out)}, stencil.Vector(c.Bias))
	}
	if !p.weight.Fits() || p.bias != nil && !p.bias.Fits() {
		return p, refusal.New(refusal.Overflow, "a parameter of the result does not fit %s; fuse the model in a wider type and convert it then", elem)
	}
	return p, nil
}

func (p convPlan) kernel() string { return sizes(p.conv.Kernel) }

func (p convPlan) apply(n *graph.Node) {
	weightName := n.Input(1).Name()
	if n.Input(1).Constant() != p.weight {
		setParameter(n, 1, weightName, p.weight)
	}
	if p.bias != nil {
		setParameter(n, 2, biasName(weightName), p.bias)
	}
	setInts(n, "kernel_shape", p.conv.Kernel, nil)
	setInts(n, "strides", p.conv.Strides, []int{1})
	setInts(n, "dilations", p.conv.Dilations, []int{1})
	if n.Attr("auto_pad") != nil && n.Str("auto_pad", "NOTSET") != "NOTSET" {
		n.RemoveAttr("auto_pad")
	}
	setInts(n, "pads", append(append([]int{}, p.conv.Begin...), p.conv.End...), []int{0})
	if int(n.Int("group", 1)) != p.conv.Group {
		n.SetAttr(graph.IntAttr("group", int64(p.conv.Group)))
	}
}

// setParameter gives n a constant as its i-th input: in the initializer that is there if nobody else
// uses it, otherwise in a new one.
func setParameter(n *graph.Node, i int, name string, t *tensor.Tensor) {
	if v := n.Input(i); v != nil && v.Constant() != nil && v.OnlyUse() != nil && !v.IsInput() {
		v.SetData(t)
		return
	}
	n.SetInput(i, n.Graph().NewInitializer(name, t))
}

// biasName names the bias that belongs to a weight.
func biasName(weight string) string {
	if stem, ok := strings.CutSuffix(weight, ".weight"); ok {
		return stem + ".bias"
	}
	return weight + "_bias"
}

// setInts changes a list attribute where it does not say so already; def is repeated to the length
// of the list to give what an absent attribute means.
func setInts(n *graph.Node, name string, want, def []int) {
	have := n.Ints(name)
	same := have != nil && len(have) == len(want) || have == nil && def != nil
	for i, w := range want {
		if !same {
			break
		}
		if have != nil {
			same = have[i] == int64(w)
		} else {
			same = def[0] == w
		}
	}
	if same || have == nil && def == nil {
		return
	}
	list := make([]int64, len(want))
	for i, w := range want {
		list[i] = int64(w)
	}
	n.SetAttr(graph.IntsAttr(name, list...))
}

// soleUse refuses a value that has more than one user or is an output.
func soleUse(v *graph.Value) *refusal.Refusal {
	switch {
	case v.IsOutput():
		return refusal.New(refusal.SharedOutput, "%q is also an output of the graph; export the model without that output", v.Name())
	case v.UseCount() != 1:
		return refusal.New(refusal.SharedOutput, "%q has %d users, and the others need it as it is; export the model so that only one reads it", v.Name(), v.UseCount())
	}
	return nil
}
