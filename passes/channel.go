package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// imageBeside returns the number of axes and channels of the image that n changes, from the
// convolution before or behind it.
func imageBeside(n *graph.Node, operand int) (rank, channels int, why *refusal) {
	in := n.Input(operand)
	if conv := in.Producer(); conv.Is("Conv") {
		w, why := parameter(conv, 1, "weight")
		if why != nil {
			return 0, 0, why
		}
		return w.Rank(), int(w.Shape()[0]), nil
	}
	conv := n.Output(0).OnlyUse().Node
	c, why := readConv(conv)
	if why != nil {
		return 0, 0, why
	}
	rank = len(c.Kernel) + 2
	if n.Is("Neg") {
		return rank, c.In, nil
	}
	t := n.Input(1 - operand).Constant()
	if t == nil {
		return rank, c.In, nil // readAffine says why
	}
	// The image is not the convolution's own input: the constant may have widened it to the channels of
	// the convolution, or raised its rank.
	if t.Len() > 1 {
		if known, ok := channelsOf(in); !ok || known != c.In {
			return 0, 0, refuse(NotChannel, "the number of channels of %q is not known", in.Name())
		}
	}
	if t.Rank() == rank {
		if known, ok := rankOf(in); !ok || known != rank {
			return 0, 0, refuse(NotChannel, "the number of axes of %q is not known", in.Name())
		}
	}
	return rank, c.In, nil
}

// channelConstant spreads a constant over the channels of an image; false when it is not one number
// per channel: it has no more axes than the image, all of them 1 but the channel's, which is 1 or
// the number of channels.
func channelConstant(t *tensor.Tensor, rank, channels int) ([]float64, bool) {
	if t.Rank() > rank {
		return nil, false
	}
	channelAxis := 1 - (rank - t.Rank())
	for axis, size := range t.Shape() {
		if size != 1 && (axis != channelAxis || size != int64(channels)) {
			return nil, false
		}
	}
	values := t.Float64s()
	if len(values) == 1 {
		return slices.Repeat(values, channels), true
	}
	return values, true
}

// channelsOf is the number of channels of an image, where the nodes before it or the graph's inputs
// tell.
func channelsOf(v *graph.Value) (int, bool) {
	v = origin(v)
	switch n := v.Producer(); {
	case v.IsInput() && v.Type.Ranked && len(v.Type.Shape) > 1 && v.Type.Shape[1].Size >= 0:
		return int(v.Type.Shape[1].Size), true
	case n.Is("Conv"), n.Is("BatchNormalization"):
		if w := n.Input(1); w != nil && w.Data() != nil && w.Data().Rank() > 0 {
			return int(w.Data().Shape()[0]), true
		}
	}
	return 0, false
}

// rankOf is the number of axes of an image, where the same tell.
func rankOf(v *graph.Value) (int, bool) {
	v = origin(v)
	for v.Producer().Is("BatchNormalization") && v.Producer().Input(0) != nil {
		v = origin(v.Producer().Input(0))
	}
	switch n := v.Producer(); {
	case v.IsInput() && v.Type.Ranked:
		return len(v.Type.Shape), true
	case n.Is("Conv"):
		if w := n.Input(1); w != nil && w.Data() != nil {
			return w.Data().Rank(), true
		}
	}
	return 0, false
}

// origin goes back over nodes that keep rank and channels.
func origin(v *graph.Value) *graph.Value {
	for range 16 {
		switch n := v.Producer(); {
		case n == nil || n.Input(0) == nil:
			return v
		case n.Is("Relu"), n.Is("Clip"), n.Is("Sigmoid"), n.Is("HardSwish"), n.Is("HardSigmoid"), n.Is("LeakyRelu"), n.Is("Tanh"),
			n.Is("Identity"), n.Is("MaxPool"), n.Is("AveragePool"), n.Is("GlobalAveragePool"):
			v = n.Input(0)
		default:
			return v
		}
	}
	return v
}
