package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const liftConstantsDoc = `turns Constant nodes into initializers

Before: c = Constant<value>()
After:  c as an initializer of the same name

A constant that is an output of its graph stays a node. So does a sparse one.`

// LiftConstants turns Constant nodes into initializers.
type LiftConstants struct{}

func liftConstants() entry {
	return entry{Name: "lift_constants", Doc: liftConstantsDoc, New: func() pipeline.Pass { return &LiftConstants{} }}
}

// Run lifts the constants of every graph.
func (*LiftConstants) Run(_ context.Context, r *pipeline.Rewriter) error {
	for sub := range r.Graph().All() {
		for n := range sub.Nodes() {
			if !n.Is("Constant") || n.Output(0) == nil || n.Output(0).IsOutput() || !n.Output(0).Used() {
				continue
			}
			t := constantValue(n)
			if t == nil {
				continue
			}
			if !r.Rewrite(n.Label(), "Constant lifted to an initializer", func() { replaceByConstant(n, 0, t) }) {
				return nil
			}
		}
	}
	return nil
}

// replaceByConstant makes the i-th result of n, which must not be an output, an initializer of the
// same name, and removes n when nothing else of it is used.
func replaceByConstant(n *graph.Node, i int, t *tensor.Tensor) {
	g, v := n.Graph(), n.Output(i)
	name := v.Name()
	tmp := g.NewInitializer(name, t)
	graph.ReplaceAllUses(v, tmp)
	if n.LiveOutputs() == 0 {
		g.Remove(n)
		tmp.Rename(name)
	}
}

// constantValue is the tensor of a Constant node, nil for sparse ones and those that take their value
// from the call of a function.
func constantValue(n *graph.Node) *tensor.Tensor {
	for _, a := range n.Attrs() {
		if a.Ref != "" {
			return nil
		}
		switch a.Name {
		case "value":
			return a.Tensor
		case "value_float":
			return tensor.Of(nil, a.Float)
		case "value_floats":
			return tensor.Of([]int64{int64(len(a.Floats))}, a.Floats...)
		case "value_int":
			return tensor.Of(nil, a.Int)
		case "value_ints":
			return tensor.Of([]int64{int64(len(a.Ints))}, a.Ints...)
		}
	}
	return nil
}
