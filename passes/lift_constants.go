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

A constant that is an output of its graph stays a node. So does a sparse one, and one with another attribute besides
its value: engines do not agree on which of them they read.`

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
// same name, and removes n when nothing else of it is used. It returns the initializer.
func replaceByConstant(n *graph.Node, i int, t *tensor.Tensor) *graph.Value {
	g, v := n.Graph(), n.Output(i)
	name := v.Name()
	tmp := g.NewInitializer(name, t)
	graph.ReplaceAllUses(v, tmp)
	if n.LiveOutputs() == 0 {
		g.Remove(n)
		tmp.Rename(name)
	}
	return tmp
}

// constantValue is the tensor of a Constant node, nil for sparse ones, those that take their value from the call of a function,
// and those of which engines read different attributes.
func constantValue(n *graph.Node) *tensor.Tensor {
	attrs := n.Attrs()
	if len(attrs) != 1 || attrs[0].Ref != "" {
		return nil
	}
	a := attrs[0]
	switch {
	case a.Name == "value" && a.Kind == graph.AttrTensor:
		return a.Tensor
	case a.Name == "value_float" && a.Kind == graph.AttrFloat:
		return tensor.Of(nil, a.Float)
	case a.Name == "value_floats" && a.Kind == graph.AttrFloats:
		return tensor.Of([]int64{int64(len(a.Floats))}, a.Floats...)
	case a.Name == "value_int" && a.Kind == graph.AttrInt:
		return tensor.Of(nil, a.Int)
	case a.Name == "value_ints" && a.Kind == graph.AttrInts:
		return tensor.Of([]int64{int64(len(a.Ints))}, a.Ints...)
	}
	return nil
}
