package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Parameter is the constant, finite tensor of a floating-point type that is the i-th input of n.
func Parameter(n *graph.Node, i int, what string) (*tensor.Tensor, *refusal.Refusal) {
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
		return nil, refusal.New(refusal.NotConstant, "%s %q is computed by %s at run time; export the model in evaluation mode and with constant folding", what, v.Name(), v.Producer().Label())
	}
	t := v.Constant()
	if !t.Type().IsFloat() {
		return nil, refusal.New(refusal.ElementType, "%s %q is of type %s; fuse the model before its parameters are converted to that type", what, v.Name(), t.Type())
	}
	if !t.Finite() {
		return nil, refusal.New(refusal.NonFinite, "%s %q holds NaN or infinity; export a checkpoint with finite numbers", what, v.Name())
	}
	return t, nil
}

// ConstantInts is the integer constant that v always is.
func ConstantInts(v *graph.Value) ([]int64, bool) {
	t := v.Constant()
	if t == nil || t.Rank() > 1 {
		return nil, false
	}
	return t.Int64s()
}
