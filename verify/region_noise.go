package verify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// substitute is noise in place of what a node computes that cannot be run, so that what comes after it can.
func (a *RegionProof) substitute(v *graph.Value) (*tensor.Tensor, tensor.Type) {
	t := a.shapes[v]
	if t.shape == nil || !t.elem.IsFloat() || a.borders.is[v] == nil {
		return nil, tensor.Undefined
	}
	return noiseOf(normal, t.shape, rand.New(rand.NewPCG(a.seed, uint64(v.ProducerIndex())))), t.elem
}

// overNoise compares a region over noise of its own.
func (c *inStep) overNoise(ctx context.Context, r *region, inputs []input) error {
	seen, shown := c.readings(r, inputs), c.verdicts[r].shown
	for _, kind := range c.kinds(r, inputs) {
		made, reason := c.noiseFor(r, inputs, kind)
		if reason != "" {
			if v := c.verdicts[r]; !v.compared || r.wide > 0 {
				v.reason, v.lost = reason, r.wide > 0
			}
			return nil
		}
		v := *c.verdicts[r]
		v.ran = maps.Clone(v.ran)
		for _, made := range [][]input{made, otherwise(r, made)} {
			if made == nil {
				continue
			}
			results, err := c.both(ctx, r, made)
			if err != nil {
				return err
			}
			seen.add(ctx, made, results.is)
			if wide := c.widen(r); wide != nil {
				*c.verdicts[r] = v
				return c.overNoise(ctx, wide, c.inputsOf(wide))
			}
			if c.brief && c.verdicts[r].unequal() {
				return nil
			}
		}
		if !slices.ContainsFunc(made, func(i input) bool { return i.elem.IsFloat() }) {
			break // the inputs stay what they are
		}
	}
	if v := c.verdicts[r]; r.wide > 0 && v.shown == shown {
		v.lost, v.reason = true, cmp.Or(v.reason, "it differs over noise, and over noise that its inputs can be it has no result to compare")
	}
	return c.gauge(ctx, seen)
}

// widen is the region to look at instead of one that differs; nil where it does not, or where there is none.
func (c *inStep) widen(r *region) *region {
	v := c.verdicts[r]
	if v.rel <= v.bound {
		return nil
	}
	wide := c.borders.widen(r)
	for c.brief && wide != nil && wide.wide < 2*r.wide { // what is equal within is equal in what is around it, so a few steps are enough
		next := c.borders.widen(wide)
		if next == nil {
			break
		}
		wide = next
	}
	if wide != nil {
		c.verdicts[wide] = v
	}
	return wide
}

// noiseFor makes noise for the inputs of a region. Integers and truth values keep what the model has there.
func (c *inStep) noiseFor(r *region, inputs []input, kind noiseKind) (made []input, reason string) {
	rng := rand.New(rand.NewPCG(c.seed, uint64(c.borders.place[r.result.is.Producer()])))
	size := c.smaller(r, inputs)
	made = []input{} // a region without inputs has none, which is not nil
	for i, v := range r.inputs {
		t, known := c.typeOf(r, v.was)
		same := slices.IndexFunc(r.inputs[:i], func(s side[*graph.Value]) bool { return s.was == v.was })
		switch {
		case same >= 0: // the second model has two values for it
			made = append(made, made[same])
		case known && t.elem.IsFloat():
			made = append(made, input{noiseOf(kind, size(t.shape), rng), t.elem})
		case inputs[i].tensor != nil && !inputs[i].elem.IsFloat():
			made = append(made, inputs[i])
		case !known && inputs[i].tensor != nil: // an input of the model
			made = append(made, input{noiseOf(kind, size(inputs[i].tensor.Shape()), rng), inputs[i].elem})
		case known:
			return nil, fmt.Sprintf("the values of %q could not be computed", v.was.Name())
		default:
			return nil, fmt.Sprintf("the shape of %q is not known", v.was.Name())
		}
	}
	return made, ""
}

// smaller gives the shape of noise. A convolution does the same everywhere but along the borders, so a smaller image shows as much:
// wide enough for three kernels, and of the same remainder by the strides. Other regions keep their shapes.
func (c *inStep) smaller(r *region, inputs []input) func(shape []int64) []int64 {
	asIs := func(shape []int64) []int64 { return shape }
	extent := int64(enough / 3)
	for _, n := range slices.Concat(r.nodes.was, r.nodes.is) {
		if !everywhere(n) {
			return asIs
		}
		extent = max(extent, extentOf(n))
	}
	var image []int64
	for i, v := range r.inputs {
		t, _ := c.typeOf(r, v.was)
		shape := t.shape
		if shape == nil && inputs[i].tensor != nil {
			shape = inputs[i].tensor.Shape()
		}
		if len(shape) != 4 || image != nil && !slices.Equal(image, shape[2:]) {
			return asIs
		}
		image = shape[2:]
	}
	least := (3*extent + remainders - 1) / remainders * remainders
	return func(shape []int64) []int64 {
		small := slices.Clone(shape)
		for axis := 2; axis < len(shape); axis++ {
			small[axis] = min(shape[axis], least+shape[axis]%remainders)
		}
		return small
	}
}

const (
	enough     = 24 // places along an axis for a kernel of up to 8
	remainders = 8  // a multiple of the strides that occur
)

// everywhere reports whether a node does the same at every place of an image.
func everywhere(n *graph.Node) bool {
	switch n.OpType {
	case "Conv":
		return n.Input(1).Constant() != nil
	case "BatchNormalization", "Add", "Sub", "Mul", "Div", "Sum", "Neg", "Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Identity", "Constant":
		for _, v := range n.Inputs() {
			t := v.Constant()
			if t == nil && v != nil && v.Producer() != nil && fixed(v) {
				return false // computed from constants; its shape is not looked up
			}
			if t != nil && t.Rank() > 2 && slices.ContainsFunc(t.Shape()[t.Rank()-2:], func(d int64) bool { return d > 1 }) {
				return false
			}
		}
		return n.Domain == "" || n.Domain == "ai.onnx"
	}
	return false
}

// extentOf is how many places along an axis the kernel of a convolution spans.
func extentOf(n *graph.Node) int64 {
	w := n.Input(1).Constant()
	if !n.Is("Conv") || w == nil {
		return 1
	}
	most := int64(1)
	dilations := n.Ints("dilations")
	for axis := 2; axis < w.Rank(); axis++ {
		d := int64(1)
		if axis-2 < len(dilations) {
			d = dilations[axis-2]
		}
		most = max(most, (w.Shape()[axis]-1)*d+1)
	}
	return most
}

// otherwise turns the conditions of a region's branches around, so that those which the model does not take are run as well;
// nil where no input decides over a branch.
func otherwise(r *region, inputs []input) []input {
	turned := slices.Clone(inputs)
	found := false
	for i, v := range r.inputs {
		decides := func(n *graph.Node) bool { return n.Is("If") && (n.Input(0) == v.was || n.Input(0) == v.is) }
		if inputs[i].elem != tensor.Bool || !slices.ContainsFunc(r.nodes.was, decides) && !slices.ContainsFunc(r.nodes.is, decides) {
			continue
		}
		list := make([]bool, 0, 1)
		for _, truth := range inputs[i].tensor.Float64s() {
			list = append(list, truth == 0)
		}
		turned[i].tensor = tensor.Of(inputs[i].tensor.Shape(), list...)
		found = true
	}
	if !found {
		return nil
	}
	return turned
}

// noiseKind is what noise looks like.
type noiseKind int

const (
	normal noiseKind = iota // mean 0, variance 1
	framed                  // 1 in one channel, −1 in the next, but for noise along the borders that goes far enough for a Clip to show
	both                    // normal in the first half of the batch, framed in the rest
	under                   // below zero: what takes the largest of many numbers sees no Relu before it otherwise
	above                   // above zero, where a Sqrt or a Log knows no other numbers
)

// kinds are the kinds of noise to run a region over. A batch has room for two at once.
func (c *inStep) kinds(r *region, inputs []input) []noiseKind {
	kinds := []noiseKind{both}
	for i, v := range r.inputs {
		t, known := c.typeOf(r, v.was)
		if !known && inputs[i].tensor != nil {
			t = typed{inputs[i].tensor.Shape(), inputs[i].elem}
		}
		if t.elem.IsFloat() && (len(t.shape) < 2 || t.shape[0] < 2) {
			kinds = []noiseKind{normal, framed}
		}
	}
	if !straight(r.nodes.was) || !straight(r.nodes.is) {
		kinds = append(kinds, under)
	}
	if slices.ContainsFunc(slices.Concat(r.nodes.was, r.nodes.is), positive) {
		kinds = append(kinds, above)
	}
	return kinds
}

// positive reports whether a node, or one within, has no result for a negative number.
func positive(n *graph.Node) bool {
	if slices.ContainsFunc([]string{"Sqrt", "Log", "Pow"}, n.Is) {
		return true
	}
	for g := range n.Subgraphs() {
		for within := range g.Nodes() {
			if positive(within) {
				return true
			}
		}
	}
	return false
}

// straight reports whether nodes only add up, multiply and move numbers, so that the sign of an input makes no difference.
func straight(nodes []*graph.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *graph.Node) bool {
		switch n.OpType {
		case "Conv", "ConvTranspose", "BatchNormalization", "Gemm", "MatMul", "Add", "Sub", "Sum", "Mul", "Neg", "Identity",
			"AveragePool", "GlobalAveragePool", "Pad", "Slice", "Concat", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Constant":
			return n.Domain != "" && n.Domain != "ai.onnx"
		}
		return true
	})
}

// noiseOf makes noise of a shape.
func noiseOf(kind noiseKind, shape []int64, rng *rand.Rand) *tensor.Tensor {
	n, _ := tensor.Count(shape)
	list := make([]float64, n)
	for i := range list {
		v := rng.NormFloat64()
		switch {
		case kind == normal || kind == both && i < n/2:
			list[i] = v
		case kind == under:
			list[i] = -math.Abs(v)
		case kind == above:
			list[i] = math.Abs(v)
		case onBorder(i, shape):
			list[i] = 8 * v
		default:
			list[i] = float64(1 - 2*(channelOf(i, shape)%2))
		}
	}
	return tensor.Compute(tensor.Float64, shape, tensor.Vector(list))
}

// channelOf is the index of element i along the axis after the batch, 0 where there is none.
func channelOf(i int, shape []int64) int {
	for axis := len(shape) - 1; axis > 1; axis-- {
		i /= int(shape[axis])
	}
	if len(shape) < 2 {
		return 0
	}
	return i % int(shape[1])
}

// A sample of an image has so many numbers, and is at least so high and wide.
const (
	smallImage = 4000
	smallSide  = 3
)

// cut is one corner of the first image of each input, and of the last where two are asked for.
func cut(inputs []input, images int64) []input {
	small := slices.Clone(inputs)
	channels := int64(1)
	for _, in := range inputs {
		if in.tensor != nil && in.tensor.Rank() > 3 {
			channels = max(channels, in.tensor.Shape()[1])
		}
	}
	side := max(int64(math.Sqrt(float64(smallImage/channels))), smallSide)
	for i, in := range inputs {
		if in.tensor == nil || !in.elem.IsFloat() || in.tensor.Rank() < 2 {
			continue
		}
		shape := slices.Clone(in.tensor.Shape())
		shape[0] = min(shape[0], images)
		for axis := 2; len(shape) > 3 && axis < len(shape); axis++ {
			shape[axis] = min(shape[axis], side)
		}
		small[i].tensor = corner(in.tensor, shape)
	}
	return small
}

// corner is the first numbers of a tensor along each axis but the first: of that it is the first image, or also the last.
func corner(t *tensor.Tensor, shape []int64) *tensor.Tensor {
	image := make([]float64, t.Len()/int(max(t.Shape()[0], 1)))
	var list []float64
	var walk func(axis, at int)
	walk = func(axis, at int) {
		if axis == len(shape) {
			list = append(list, image[at])
			return
		}
		for k := range shape[axis] {
			walk(axis+1, at*int(t.Shape()[axis])+int(k))
		}
	}
	for k := range shape[0] {
		t.Row(image, int(k*(t.Shape()[0]-1)))
		walk(1, 0)
	}
	return tensor.Compute(tensor.Float64, shape, tensor.Vector(list))
}
