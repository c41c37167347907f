package shapes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// call is a node whose result out is inferred. Where a rule cannot say a size it says none, where it
// cannot say the rank it returns facts without a shape.
type call struct {
	*Shapes
	n   *graph.Node
	out *graph.Value
	in  []facts
}

// arg is what is known of the i-th input, nothing where it is absent.
func (c call) arg(i int) facts {
	if i < len(c.in) {
		return c.in[i]
	}
	return facts{}
}

// list is the i-th input as numbers.
func (c call) list(i int) ([]int64, bool) {
	if t := c.n.Input(i).Constant(); t != nil && t.Rank() <= 1 && t.Len() <= maxInts {
		return t.Int64s()
	}
	if f := c.arg(i); f.ints != nil {
		return numbers(f.ints)
	}
	return nil, false
}

// listOr is a list that is an attribute in old opsets and an input in new ones; given is false where it
// is neither. Where it is both nothing is certain.
func (c call) listOr(name string, i int) (list []int64, given, ok bool) {
	if list = c.n.Ints(name); list != nil {
		return list, true, c.n.Input(i) == nil
	}
	if c.n.Input(i) == nil {
		return nil, false, true
	}
	list, ok = c.list(i)
	return list, true, ok
}

// axis resolves an axis that may count from the end.
func axis(a int64, rank int) (int, bool) {
	if a < 0 {
		a += int64(rank)
	}
	return int(a), a >= 0 && a < int64(rank)
}

// axes resolves a list of axes as a set.
func axes(list []int64, rank int) (map[int]bool, bool) {
	set := make(map[int]bool, len(list))
	for _, a := range list {
		at, ok := axis(a, rank)
		if !ok || set[at] {
			return nil, false
		}
		set[at] = true
	}
	return set, true
}

func shaped(elem tensor.Type, shape []Dim) facts {
	return facts{elem: elem, ranked: true, shape: shape}
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
	case "Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
		"Softsign", "ThresholdedRelu", "Shrink", "Gelu", "Mish", "Swish", "Clip", "Exp", "Log", "Sqrt", "Reciprocal",
		"Abs", "Neg", "Sign", "Floor", "Ceil", "Round", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh",
		"Cosh", "Asinh", "Acosh", "Atanh", "Softmax", "LogSoftmax", "Hardmax", "BatchNormalization",
		"InstanceNormalization", "GroupNormalization", "LayerNormalization", "LRN", "LpNormalization", "Dropout",
		"PRelu", "Trilu", "CumSum", "ScatterND", "ScatterElements", "Scatter", "ReverseSequence", "RMSNormalization":
		return like(x.elem, x)
	case "Not", "IsNaN", "IsInf":
		return like(tensor.Bool, x)
	case "Add", "Sub", "Mul", "Div", "Mod", "Pow", "Sum", "Max", "Min", "Mean", "And", "Or", "Xor":
		return c.arithmetic()
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual":
		f := c.pointwise(c.in)
		f.elem = tensor.Bool
		return f
	case "Where":
		f := c.pointwise(c.in)
		f.elem = c.arg(1).elem
		return f
	case "Cast", "CastLike":
		return c.cast()
	}
	return c.window()
}

// like is a value of the shape of x.
func like(elem tensor.Type, x facts) facts {
	return facts{elem: elem, ranked: x.ranked, shape: x.shape}
}

// secondary infers the results after the first.
func (c call) secondary() facts {
	switch c.n.OpType {
	case "Split":
		return c.split()
	case "Dropout":
		if c.n.Graph().Opset() >= 10 {
			return like(tensor.Bool, c.arg(0))
		}
		return like(c.arg(0).elem, c.arg(0))
	}
	return facts{}
}

// arithmetic infers an operator on elements, and for short lists of integers its values.
func (c call) arithmetic() facts {
	f := c.pointwise(c.in)
	f.elem = c.arg(0).elem
	if len(c.in) != 2 || !f.ranked || len(f.shape) > 1 || f.elem != tensor.Int64 {
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
func (c call) pointwise(in []facts) facts {
	if c.n.Graph().Opset() < 7 {
		return like(tensor.Undefined, c.arg(0)) // the others are broadcast to the first
	}
	var out []Dim
	for i, f := range in {
		if !f.ranked {
			return facts{}
		}
		if i == 0 {
			out = f.shape
			continue
		}
		out = broadcast(out, f.shape)
	}
	return shaped(tensor.Undefined, out)
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

func (c call) cast() facts {
	f := like(tensor.Undefined, c.arg(0))
	if c.n.OpType == "Cast" {
		f.elem = tensor.Type(c.n.Int("to", 0))
	} else {
		f.elem = c.arg(1).elem
	}
	if f.elem == tensor.Int64 {
		f.ints = c.arg(0).ints
	}
	return f
}
