package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// RoundingSensitive reports a computed constant, t for v, where what can be done with one of its consumers depends on its last
// bit, in which runtimes differ: a comparison, another operator that jumps and a narrowing Cast can be computed only of numbers
// that the file holds or that lie far from where they jump, and an addition of 0 or a multiplication by 1 can be removed only of
// the former. Whoever reads the written file would find more to do than this run does, so such a constant stays to be computed by
// the model.
func (e *Evaluator) RoundingSensitive(v *graph.Value, t *tensor.Tensor) bool {
	if !t.Computed() {
		return false
	}
	combined, compared := consumers(v, t.Type())
	if compared && !e.decides(v, t) {
		return true
	}
	if !combined {
		return false
	}
	rounded, ok := t.Rounded()
	if !ok || slices.Equal(rounded.Float64s(), t.Float64s()) {
		return false
	}
	return rounded.IsAll(0) || rounded.IsAll(1)
}

// most is how many nodes are visited to see what becomes of a constant.
const most = 64

// decides reports whether all that jumps and is made of v, taken for t, is computed. What it is made of is computed first: it may lie
// far enough from the jump, or not.
func (e *Evaluator) decides(v *graph.Value, t *tensor.Tensor) bool {
	e.supposed = map[*graph.Value]*tensor.Tensor{v: t}
	defer func() { e.supposed = nil }()
	open, computed := []*graph.Value{v}, map[*graph.Node]bool{} // of each node that reads one of them, whether it is computed
	for again := true; again; {
		again = false
		for i := 0; i < len(open); i++ {
			for u := range open[i].Uses() {
				if u.Node == nil || computed[u.Node] {
					continue
				}
				if len(computed) == most {
					return false
				}
				unrounded, ok := e.suppose(u.Node)
				if computed[u.Node] = ok; ok {
					open, again = append(open, unrounded...), true
				}
			}
		}
	}
	for n, ok := range computed {
		if !ok && e.leadsToJump(n, t.Type()) {
			return false
		}
	}
	return true
}

// suppose computes all results of n, and returns those that will be rounded.
func (e *Evaluator) suppose(n *graph.Node) (unrounded []*graph.Value, ok bool) {
	for i := range n.NumOutputs() {
		out := n.Output(i)
		if out == nil || !out.Used() {
			continue
		}
		t, _, ok := e.Result(n, i)
		if !ok {
			return nil, false
		}
		if e.supposed[out] = t; t.Computed() {
			unrounded = append(unrounded, out)
		}
	}
	return unrounded, true
}

// leadsToJump reports a node that jumps at what is supposed, or whose result goes into one that does.
func (e *Evaluator) leadsToJump(n *graph.Node, typ tensor.Type) bool {
	for _, v := range n.Inputs() {
		if v != nil && e.supposed[v] != nil && compares(n, v, typ) {
			return true
		}
	}
	for i := range n.NumOutputs() {
		if out := n.Output(i); out != nil {
			if _, compared := consumers(out, typ); compared {
				return true
			}
		}
	}
	return false
}

// far is how many constants that are made of one are followed to see where it goes. All that is made of more is taken to jump.
const far = 256

// consumers reports whether the constant, or a constant that is made of it, goes into a sum, product or power,
// and into a node that compares numbers or rounds them.
func consumers(v *graph.Value, typ tensor.Type) (combined, compared bool) {
	open, seen := []*graph.Value{v}, map[*graph.Node]bool{}
	for followed := 0; len(open) > 0; followed++ {
		if followed > far {
			return true, true
		}
		v, open = open[0], open[1:]
		for u := range v.Uses() {
			n := u.Node
			switch {
			case n == nil || seen[n]:
				continue
			case compares(n, v, typ):
				seen[n], compared = true, true
				continue
			}
			seen[n] = true
			if combines(n) {
				combined = true
			}
			for i := range n.NumOutputs() {
				if out := n.Output(i); out != nil && mayBeConstant(n, v) {
					open = append(open, out)
				}
			}
		}
	}
	return combined, compared
}

// compares reports a node whose result jumps with v: a comparison, a rounding, and a Cast to a type that does not hold all
// numbers of the given one. Places in an image are among it where they are rounded, or counted; regions also where all is constant, since
// only those that the file holds are computed with.
//
// QuantizeLinear, DynamicQuantizeLinear, QLinearConv and QLinearMatMul jump, too, but are not among it. They are never computed here, so
// a constant that is stored in front of one leaves nothing to do for whoever reads the file. The weights of a network that is trained for
// integers are such constants where a norm divides them: they would be divided again with every run. What is stored is the exact number
// rounded once; a runtime that computes it rounds more than once, and no runtime promises on which side of a step that ends. The same is
// true of the data in front of one when a layer before it is fused.
func compares(n *graph.Node, v *graph.Value, typ tensor.Type) bool {
	switch {
	case n.Is("Cast"):
		o, err := op.Of(n)
		return err != nil || !tensor.Type(o.Int("to")).Holds(typ)
	case n.Is("MaxPool"):
		return n.LiveOutputs() > 1
	case n.Is("GridSample"):
		return n.Input(1) == v && n.Str("mode", "") == "nearest"
	case n.Is("RoiAlign"):
		return n.Input(1) == v && (n.Int("sampling_ratio", 0) == 0 || mayBeConstant(n, v))
	case n.Is("OneHot"):
		return n.Input(2) != v
	}
	return slices.ContainsFunc([]string{
		"CastLike", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Floor", "Ceil", "Round", "Sign", "ThresholdedRelu",
		"Shrink", "Mod", "ArgMax", "ArgMin", "TopK", "Hardmax", "Unique", "NonZero", "Range", "BitCast",
		"NonMaxSuppression", "IsNaN", "IsInf",
	}, n.Is)
}

// combines reports a node that does nothing where one of its operands is its identity element, 0 or 1.
func combines(n *graph.Node) bool {
	return slices.ContainsFunc([]string{"Add", "Sub", "Sum", "Mul", "Div", "Pow"}, n.Is)
}

// mayBeConstant reports whether nothing but constants goes into n, v taken for one.
func mayBeConstant(n *graph.Node, v *graph.Value) bool {
	for _, in := range n.Inputs() {
		if in != nil && in != v && in.Constant() == nil {
			return false
		}
	}
	return true
}
