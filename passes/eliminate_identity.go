package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const eliminateIdentityDoc = `removes nodes that give their input back

Identity; Dropout in inference; Cast and CastLike to the type that the input has; Pad by nothing; Slice
of all; Transpose that moves nothing; Sum, Max, Min, Mean and Concat of one input; x+0, x−0, x·1, x/1 and x¹,
where the constant does not broaden x; Reshape to the shape that is there, or in front of another;
ScatterND that replaces everything.

The interface stays: a node between an input of the graph and one of its outputs is kept.`

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
	return beside(n, known), why
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
		return false, refusal.New(refusal.TrainingMode, "is_test is not set; export the model in evaluation mode")
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
