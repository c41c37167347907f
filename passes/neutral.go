package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

// beside is the operand that an element-wise node with a neutral constant gives back: x of x+0, x−0,
// x·1, x/1 and x¹, where the constant does not broaden x; nil for other nodes.
//
// x+0 is 0 where x is −0; the two are the same number.
func beside(n *graph.Node, known *shapes.Shapes) *graph.Value {
	if n.Is("Sum") {
		return besideZeros(n, known)
	}
	if n.NumInputs() != 2 {
		return nil
	}
	neutral, swaps := 1.0, false
	switch {
	case n.Is("Add"):
		neutral, swaps = 0, true
	case n.Is("Sub"):
		neutral = 0
	case n.Is("Mul"):
		swaps = true
	case n.Is("Div"), n.Is("Pow"):
	default:
		return nil
	}
	for i := range 2 {
		x, c := n.Input(i), n.Input(1-i).Constant()
		if i == 1 && (!swaps || n.Graph().Opset() < 7) {
			break
		}
		if x != nil && !x.IsInitializer() && c.IsAll(neutral) && (n.Graph().Opset() < 7 || keepsShape(c, x, known)) {
			return x
		}
	}
	return nil
}

// besideZeros is the one operand of a Sum that is not a constant zero.
func besideZeros(n *graph.Node, known *shapes.Shapes) *graph.Value {
	var x *graph.Value
	for _, v := range n.Inputs() {
		if v == nil || !v.Constant().IsAll(0) {
			if x != nil || v == nil {
				return nil
			}
			x = v
		}
	}
	for _, v := range n.Inputs() {
		if x == nil || v != x && !keepsShape(v.Constant(), x, known) {
			return nil
		}
	}
	return x
}

// keepsShape reports whether a constant that meets x is certain not to give it more elements or axes.
func keepsShape(t *tensor.Tensor, x *graph.Value, known *shapes.Shapes) bool {
	if t.Rank() == 0 {
		return true
	}
	sizes := algebra.SizesOf(known, x)
	if len(sizes) < t.Rank() {
		return false
	}
	sizes = sizes[len(sizes)-t.Rank():]
	for i, size := range t.Shape() {
		if size != 1 && size != sizes[i] {
			return false
		}
	}
	return true
}

// keepsSizes reports whether a Reshape is certain to give its operand the shape that it has, symbols
// compared as terms.
func keepsSizes(n *graph.Node, known *shapes.Shapes) bool {
	in, ok := known.Shape(n.Input(0))
	out, also := known.Shape(n.Output(0))
	return ok && also && slices.Equal(in, out)
}

// reshapedAgain reports whether n only gives its operand a shape that the Reshape behind it replaces.
func reshapedAgain(n *graph.Node) bool {
	if !n.Is("Reshape") && !n.Is("Flatten") && !n.Is("Squeeze") && !n.Is("Unsqueeze") {
		return false
	}
	use := n.Output(0).OnlyUse()
	if use == nil || use.Index != 0 || !use.Node.Is("Reshape") || use.Node.Graph() != n.Graph() {
		return false
	}
	target, ok := algebra.ReshapeTarget(use.Node)
	return ok && !slices.Contains(target, 0)
}

// slicesNothing reports a Slice that keeps every element: from the first to past the last, one by one.
func slicesNothing(n *graph.Node) bool {
	const rank = 1 << 16 // axes are not looked at
	starts, ends, _, steps, why := algebra.SliceOperands(n, rank)
	if why != nil || len(starts) == 0 {
		return false
	}
	for i := range starts {
		if starts[i] != 0 || ends[i] < 1<<31-1 || steps != nil && steps[i] != 1 {
			return false
		}
	}
	return true
}
