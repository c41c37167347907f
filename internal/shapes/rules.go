package shapes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// call is a node whose result out is inferred. Where a rule cannot say a size it says none, where it
// cannot say the rank it returns facts without a shape. The element type is not the rules' concern.
type call struct {
	shapes *Shapes
	terms  terms
	op.Node
	n    *graph.Node
	out  *graph.Value
	elem tensor.Type
	in   []facts
}

// arg is what is known of the i-th input, nothing where it is absent.
func (c call) arg(i int) facts {
	if i < len(c.in) {
		return c.in[i]
	}
	return facts{}
}

// ints reads a list as numbers: one that is constant, or that is made of sizes that are known.
func (c call) ints(v *graph.Value) ([]int64, bool) {
	if t := v.Constant(); t != nil && t.Rank() <= 1 && t.Len() <= maxInts {
		return t.Int64s()
	}
	if f, ok := c.shapes.find(v); ok && f.ints != nil {
		return numbers(f.ints)
	}
	return nil, false
}

func shaped(shape []Dim) facts {
	return facts{ranked: true, shape: shape}
}

// result infers one result of a node.
func (c call) result() facts {
	if c.out.ProducerIndex() > 0 {
		return c.secondary()
	}
	x := c.arg(0)
	switch c.n.OpType {
	case "Identity":
		return x
	case "Add", "Sub", "Mul", "Div", "Mod", "Pow", "Sum", "Max", "Min", "Mean", "And", "Or", "Xor",
		"BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift":
		return c.arithmetic()
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Where":
		return c.pointwise()
	case "Cast", "CastLike":
		return c.cast()
	}
	if keepsShape(c.n.OpType) {
		return like(x)
	}
	return c.window()
}

// keepsShape reports whether the first result of an operator has the shape of its first input, and other elements.
func keepsShape(operator string) bool {
	switch operator {
	case "Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
		"Softsign", "ThresholdedRelu", "Shrink", "Gelu", "Mish", "Swish", "Clip", "Exp", "Log", "Sqrt", "Reciprocal",
		"Abs", "Neg", "Sign", "Floor", "Ceil", "Round", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh",
		"Cosh", "Asinh", "Acosh", "Atanh", "Softmax", "LogSoftmax", "Hardmax", "BatchNormalization",
		"InstanceNormalization", "GroupNormalization", "LayerNormalization", "LRN", "LpNormalization", "Dropout",
		"PRelu", "Trilu", "CumSum", "ScatterND", "ScatterElements", "Scatter", "ReverseSequence", "RMSNormalization",
		"Not", "IsNaN", "IsInf", "EyeLike", "TensorScatter", "Bernoulli", "BitCast":
		return true
	}
	return false
}

// MayHoldInts reports whether [Shapes.Ints] may know anything of v. It infers nothing: it tells the values of the image in a
// large graph from lists of sizes.
func MayHoldInts(v *graph.Value) bool {
	n := v.Producer()
	if !mayMakeInts(v) || n == nil {
		return mayMakeInts(v)
	}
	switch n.OpType {
	case "Add", "Sub", "Mul", "Div":
		return mayMakeInts(n.Input(0)) && mayMakeInts(n.Input(1))
	}
	return true
}

// mayMakeInts is [MayHoldInts] by the operator that computes v alone.
func mayMakeInts(v *graph.Value) bool {
	n := v.Producer()
	if n == nil {
		t := v.Constant()
		return t != nil && t.Rank() <= 1
	}
	switch n.OpType {
	case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "Gemm", "MatMul", "Einsum":
		return false
	}
	return !keepsShape(n.OpType)
}

// like is a value of the shape of x.
func like(x facts) facts {
	return facts{ranked: x.ranked, shape: x.shape}
}

// secondary infers the results after the first.
func (c call) secondary() facts {
	switch c.n.OpType {
	case "Split":
		return c.split()
	case "Dropout", "SoftmaxCrossEntropyLoss":
		return like(c.arg(0))
	case "MaxPool":
		return c.pool()
	case "TopK":
		return c.topK()
	case "RNN", "GRU", "LSTM":
		return c.recurrent()
	case "BatchNormalization":
		if c.n.Graph().Opset() >= 14 {
			return like(c.arg(2 + c.out.ProducerIndex())) // the mean or the variance to go on with
		}
	case "LayerNormalization":
		return c.moments()
	case "Attention":
		return c.attention()
	case "Unique":
		return shaped([]Dim{none()})
	case "DynamicQuantizeLinear":
		return shaped([]Dim{})
	}
	return facts{}
}

// arithmetic infers an operator on elements, and for short lists of integers its values.
func (c call) arithmetic() facts {
	f := c.pointwise()
	if len(c.in) != 2 || !f.ranked || len(f.shape) > 1 || c.elem != tensor.Int64 {
		return f
	}
	a, b := c.arg(0).ints, c.arg(1).ints
	if a == nil || b == nil || len(a) != len(b) && len(a) != 1 && len(b) != 1 {
		return f
	}
	size := max(len(a), len(b))
	if len(a) == 0 || len(b) == 0 {
		size = 0
	}
	out := make([]Dim, size)
	for i := range out {
		out[i] = c.combine(a[min(i, len(a)-1)], b[min(i, len(b)-1)])
	}
	f.ints = out
	return f
}

// combine computes an operator on two integers.
func (c call) combine(a, b Dim) Dim {
	switch c.n.OpType {
	case "Add":
		return c.terms.sum(a, b)
	case "Sub":
		if n, ok := b.Size(); ok {
			return plus(a, -n)
		}
		return difference(a, b)
	case "Mul":
		if n, ok := a.Size(); ok && n < 0 {
			return none()
		}
		return c.terms.product(a, b)
	case "Div":
		if n, ok := b.Size(); ok && positive(a) {
			return c.terms.quotient(a, n)
		}
	}
	return none()
}

// pointwise is the shape of an operator on the elements of its operands.
func (c call) pointwise() facts {
	if _, old := op.ReadOldBroadcast(c.n); old {
		return like(c.arg(0)) // the others are broadcast to the first
	}
	var out []Dim
	for i, f := range c.in {
		if !f.ranked {
			return facts{}
		}
		if i == 0 {
			out = f.shape
			continue
		}
		out = broadcast(out, f.shape)
	}
	return shaped(out)
}

// broadcast is the common shape of two by the rules of NumPy, given that they have one.
func broadcast(a, b []Dim) []Dim {
	if len(a) < len(b) {
		a, b = b, a
	}
	shift := len(a) - len(b)
	out := make([]Dim, len(a))
	copy(out, a)
	for i, d := range b {
		out[shift+i] = together(a[shift+i], d)
	}
	return out
}

// together is the common size of two axes of which one may be repeated.
func together(a, b Dim) Dim {
	aSize, aKnown := a.Size()
	bSize, bKnown := b.Size()
	switch {
	case a == b, bKnown && bSize == 1, aKnown && aSize != 1:
		return a
	case aKnown || bKnown:
		return b
	}
	return none()
}

// cast keeps the shape, and for integers the values.
func (c call) cast() facts {
	f := like(c.arg(0))
	if c.elem == tensor.Int64 {
		f.ints = c.arg(0).ints
	}
	return f
}
