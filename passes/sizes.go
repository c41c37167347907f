package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// sizesOf is the size of each axis of v as far as it is certain, −1 where it is not, and nil where not
// even the number of axes is. It follows from inputs of the main graph, constants and operators; what
// the file declares of other values is not relied on.
func sizesOf(v *graph.Value) []int64 {
	r := sizeReader{left: 64}
	return r.of(v)
}

// rankOf is the number of axes of v, where it is certain.
func rankOf(v *graph.Value) (int, bool) {
	sizes := sizesOf(v)
	return len(sizes), sizes != nil
}

// sizeReader walks back over the nodes before a value, over a bounded number of them.
type sizeReader struct{ left int }

func (r *sizeReader) of(v *graph.Value) []int64 {
	if v == nil {
		return nil
	}
	if t := v.Constant(); t != nil {
		return append([]int64{}, t.Shape()...)
	}
	if v.IsInput() {
		return declared(v)
	}
	n := v.Producer()
	if r.left--; n == nil || r.left < 0 || v.ProducerIndex() != 0 {
		return nil
	}
	switch n.OpType {
	case "Conv", "ConvTranspose", "Gemm", "MatMul":
		return r.product(n)
	case "GlobalAveragePool", "GlobalMaxPool", "AveragePool", "MaxPool", "ReduceMean":
		return r.pooled(n)
	case "Transpose", "Flatten", "Reshape":
		return r.moved(n)
	case "Add", "Sub", "Mul", "Div", "Sum":
		return r.broadcast(n)
	case "Relu", "Clip", "Sigmoid", "HardSwish", "HardSigmoid", "LeakyRelu", "Elu", "Celu", "Selu", "Tanh", "Softplus",
		"Mish", "Gelu", "Erf", "Neg", "Abs", "Sqrt", "Exp", "Identity", "Dropout", "Cast", "Softmax",
		"BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization":
		if n.Is(n.OpType) {
			return r.of(n.Input(0))
		}
	}
	return nil
}

// declared is what the main graph says of its input.
func declared(v *graph.Value) []int64 {
	if !v.Type.Ranked || v.Graph().Outer() != nil {
		return nil
	}
	sizes := make([]int64, len(v.Type.Shape))
	for i, d := range v.Type.Shape {
		sizes[i] = d.Size
	}
	return sizes
}

// product is the sizes behind an operator with a weight.
func (r *sizeReader) product(n *graph.Node) []int64 {
	x, w := n.Input(0), r.of(n.Input(1))
	if n.Is("MatMul") {
		return matMulSizes(r.of(x), w)
	}
	if len(w) < 2 {
		return nil
	}
	channels := w[0]
	switch {
	case n.Is("Gemm"):
		if n.Int("transB", 0) == 0 {
			channels = w[1]
		}
		rows := int64(-1)
		if a := r.of(x); len(a) == 2 {
			rows = a[n.Int("transA", 0)&1]
		}
		return []int64{rows, channels}
	case n.Is("ConvTranspose"):
		channels = w[1] * n.Int("group", 1)
	case !n.Is("Conv"):
		return nil
	}
	out := slices.Repeat([]int64{-1}, len(w))
	if a := r.of(x); len(a) == len(w) {
		out[0] = a[0]
	}
	out[1] = max(channels, -1)
	return out
}

// matMulSizes multiplies the last two axes; the others broadcast.
func matMulSizes(a, b []int64) []int64 {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	rows, cols := a[max(len(a)-2, 0)], b[len(b)-1]
	out, ok := joinSizes(a[:max(len(a)-2, 0)], b[:max(len(b)-2, 0)])
	if !ok {
		return nil
	}
	if len(a) > 1 {
		out = append(out, rows)
	}
	if len(b) > 1 {
		out = append(out, cols)
	}
	return out
}

// pooled is the sizes behind a pool, global or not.
func (r *sizeReader) pooled(n *graph.Node) []int64 {
	in := r.of(n.Input(0))
	switch {
	case in == nil:
		return nil
	case n.Is("ReduceMean"):
		return reducedSizes(n, in)
	case len(in) < 2:
		return nil
	}
	size := int64(-1)
	switch {
	case n.Is("GlobalAveragePool"), n.Is("GlobalMaxPool"):
		size = 1
	case !n.Is("AveragePool") && !n.Is("MaxPool"):
		return nil
	}
	for i := range in[2:] {
		in[2+i] = size
	}
	return in
}

// reducedSizes is the sizes behind a mean over constant axes.
func reducedSizes(n *graph.Node, in []int64) []int64 {
	axes, ok := reducedAxes(n, len(in))
	if !ok {
		return nil
	}
	out := []int64{}
	for i, size := range in {
		switch {
		case !slices.Contains(axes, i):
			out = append(out, size)
		case n.Int("keepdims", 1) != 0:
			out = append(out, 1)
		}
	}
	return out
}

// reducedAxes is the axes that a ReduceMean takes the mean over, of an operand of the given rank.
func reducedAxes(n *graph.Node, rank int) ([]int, bool) {
	list := n.Ints("axes")
	if v := n.Input(1); v != nil {
		var ok bool
		if list, ok = constantInts(v); !ok {
			return nil, false
		}
	}
	var axes []int
	for _, a := range list {
		if a < 0 {
			a += int64(rank)
		}
		if a < 0 || a >= int64(rank) {
			return nil, false
		}
		axes = append(axes, int(a))
	}
	return axes, len(axes) > 0
}

// moved is the sizes behind a node that keeps every element.
func (r *sizeReader) moved(n *graph.Node) []int64 {
	in := r.of(n.Input(0))
	switch {
	case n.Is("Transpose"):
		perm, ok := permutation(n)
		if !ok {
			return nil
		}
		out := slices.Repeat([]int64{-1}, len(perm))
		for i, p := range perm {
			if len(in) == len(perm) {
				out[i] = in[p]
			}
		}
		return out
	case n.Is("Flatten"):
		out := []int64{-1, -1}
		if len(in) > 0 && n.Int("axis", 1) == 1 {
			out[0], out[1] = in[0], countSizes(in[1:])
		}
		return out
	case n.Is("Reshape"):
		target, ok := reshapeTarget(n)
		if !ok {
			return nil
		}
		for i, size := range target {
			if size == 0 && n.Int("allowzero", 0) == 0 {
				target[i] = -1
				if i < len(in) {
					target[i] = in[i]
				}
			}
		}
		return target
	}
	return nil
}

// countSizes is the number of elements, −1 where it is not certain or huge.
func countSizes(sizes []int64) int64 {
	count := int64(1)
	for _, size := range sizes {
		if size < 0 || size > 1<<31 || count > 1<<31 {
			return -1
		}
		count *= size
	}
	return count
}

// permutation is the axes of a Transpose that says them.
func permutation(n *graph.Node) ([]int64, bool) {
	perm := n.Ints("perm")
	seen := make([]bool, len(perm))
	for _, p := range perm {
		if p < 0 || p >= int64(len(perm)) || seen[p] {
			return nil, false
		}
		seen[p] = true
	}
	return perm, len(perm) > 0
}

// reshapeTarget is the constant shape that a Reshape asks for, with its −1 and zeros.
func reshapeTarget(n *graph.Node) ([]int64, bool) {
	list := n.Ints("shape")
	if n.Graph().Opset() >= 5 {
		var ok bool
		if list, ok = constantInts(n.Input(1)); !ok {
			return nil, false
		}
	}
	for _, size := range list {
		if size < -1 {
			return nil, false
		}
	}
	return slices.Clone(list), len(list) > 0
}

// broadcast is the common sizes of all operands.
func (r *sizeReader) broadcast(n *graph.Node) []int64 {
	if !n.Is(n.OpType) || n.NumInputs() == 0 {
		return nil
	}
	out := r.of(n.Input(0))
	if n.Graph().Opset() < 7 && !n.Is("Sum") {
		return out // the second operand takes the shape of the first
	}
	for i, v := range n.Inputs() {
		if i == 0 {
			continue
		}
		next := r.of(v)
		var ok bool
		if out == nil || next == nil {
			return nil
		}
		if out, ok = joinSizes(out, next); !ok {
			return nil
		}
	}
	return out
}

// joinSizes is the sizes of two operands that broadcast: an unknown size gives way to one above 1.
func joinSizes(a, b []int64) ([]int64, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append([]int64{}, a...)
	for i, size := range b {
		at := len(a) - len(b) + i
		switch {
		case size == 1 || out[at] == size:
		case out[at] == 1:
			out[at] = size
		case size < 0: // what is known of the other stays, if it is more than one
		case out[at] < 0:
			out[at] = size
		default:
			return nil, false
		}
	}
	return out, true
}
