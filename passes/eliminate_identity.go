package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const eliminateIdentityDoc = `removes nodes whose result equals their input

  Identity, Dropout in inference
  Cast and CastLike to the type that the input has
  Pad by nothing, Slice of everything, Transpose that keeps the order of the axes
  Sum, Max, Min, Mean and Concat of one input
  x+0, x−0, x·1, x/1 and x¹, if the constant does not broadcast x to more elements
  Reshape to the shape that the input has, or before another Reshape
  ScatterND that replaces every element

A node between an input and an output of the graph stays, because both names are part of the interface.`

// EliminateIdentity removes no-ops.
type EliminateIdentity struct{}

func eliminateIdentity() entry {
	return entry{Name: "eliminate_identity", Doc: eliminateIdentityDoc, New: func() pipeline.Pass { return &EliminateIdentity{} }}
}

// Run removes every no-op whose result may be replaced by its input.
func (*EliminateIdentity) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			in, why := passedOn(n, known)
			if why != nil {
				r.Refuse(n.Label(), why.Reason, why.Detail)
			}
			out := n.Output(0)
			if in == nil || out == nil || !out.Used() || !graph.CanReplace(out, in) {
				continue
			}
			if !r.Rewrite(n.Label(), n.OpType+" removed, it gives its input back", func() {
				if reshapedAgain(n) {
					out.Redefine() // the input has another shape
				}
				graph.ReplaceAllUses(out, in)
				sub.Remove(n)
			}) {
				return nil
			}
		}
	}
	return nil
}

// passedOn is the operand that the first result of n always equals, nil for none, or where n has another
// result in use.
func passedOn(n *graph.Node, known *shapes.Shapes) (*graph.Value, *refusal.Refusal) {
	for i := 1; i < n.NumOutputs(); i++ {
		if v := n.Output(i); v != nil && v.Used() {
			return nil, nil
		}
	}
	if n.Output(0) == nil {
		return nil, nil
	}
	if linear.ReplacesAll(n, known) {
		return n.Input(2), nil
	}
	noop, why := isNoop(n, known)
	if noop {
		return n.Input(0), why
	}
	return operandOfNoop(n, known), why
}

// isNoop reports whether the result of n always equals its first input.
func isNoop(n *graph.Node, known *shapes.Shapes) (bool, *refusal.Refusal) {
	switch {
	case n.Is("Identity"):
		return true, nil
	case n.Is("Dropout"):
		return isDeadDropout(n)
	case n.Is("Cast"), n.Is("CastLike"):
		in := known.Elem(n.Input(0))
		return in != tensor.Undefined && in == known.Elem(n.Output(0)), nil
	case n.Is("Pad"):
		return padsNothing(n), nil
	case n.Is("Slice"):
		return slicesNothing(n), nil
	case n.Is("Transpose"):
		return movesNothing(n), nil
	case n.Is("Reshape") && keepsSizes(n, known):
		return true, nil
	case n.Is("Sum"), n.Is("Max"), n.Is("Min"), n.Is("Mean"), n.Is("Concat"):
		return n.NumInputs() == 1, nil
	}
	return reshapedAgain(n), nil
}

// isDeadDropout reports a Dropout that passes its input on.
func isDeadDropout(n *graph.Node) (bool, *refusal.Refusal) {
	mode, err := op.ReadDropout(n, op.Constant)
	switch {
	case err != nil, mode == op.DropsTraining:
		return false, refusal.New(refusal.TrainingMode, "dropout may be in training mode; export the model in evaluation mode")
	case mode == op.DropsUnlessTest:
		return false, refusal.New(refusal.TrainingMode, "is_test is not set, so dropout is in training mode; export the model in evaluation mode")
	}
	return true, nil
}

func padsNothing(n *graph.Node) bool {
	pads := op.PadAmounts(n, op.Constant)
	return pads != nil && !slices.ContainsFunc(pads, func(p int64) bool { return p != 0 })
}

func movesNothing(n *graph.Node) bool {
	perm, ok := op.WrittenPermutation(n)
	return ok && slices.IsSorted(perm)
}

// operandOfNoop is the operand that an element-wise node with its identity element gives back: x of x+0, x−0,
// x·1, x/1 and x¹, where the constant does not broaden x; nil for other nodes.
//
// x+0 is 0 where x is −0; the two are the same number.
func operandOfNoop(n *graph.Node, known *shapes.Shapes) *graph.Value {
	if n.Is("Sum") {
		return operandBesidesZeros(n, known)
	}
	if n.NumInputs() != 2 {
		return nil
	}
	identity, swaps := 1.0, false
	switch {
	case n.Is("Add"):
		identity, swaps = 0, true
	case n.Is("Sub"):
		identity = 0
	case n.Is("Mul"):
		swaps = true
	case n.Is("Div"), n.Is("Pow"):
	default:
		return nil
	}
	for i := range 2 {
		x, c := n.Input(i), n.Input(1-i).Constant()
		if i == 1 && (!swaps || !op.SpreadsFreely(n.Graph())) {
			break
		}
		if x != nil && !x.IsInitializer() && c.IsAll(identity) && (!op.SpreadsFreely(n.Graph()) || keepsShape(c, x, known)) {
			return x
		}
	}
	return nil
}

// operandBesidesZeros is the one operand of a Sum that is not a constant zero.
func operandBesidesZeros(n *graph.Node, known *shapes.Shapes) *graph.Value {
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

// reshapedAgain reports whether n only gives its operand a shape that the Reshape after it replaces.
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
