package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

// settlesLater reports a constant that is written as another number than it is now, where a node that is made
// of it looks at the number: an element-wise node at whether it is neutral, a Cast and a comparison at
// whether they can be computed. Who read the file again would find what this run does not, so the constant
// stays to be computed by the model.
func settlesLater(v *graph.Value, t *tensor.Tensor) bool {
	if !t.Computed() {
		return false
	}
	elements, looked := lookers(v, t.Type())
	if !elements && !looked {
		return false
	}
	w := algebra.Rounded(t)
	if w == nil || slices.Equal(w.Float64s(), t.Float64s()) {
		return false
	}
	return looked || isAll(w, 0) || isAll(w, 1)
}

// lookers reports whether the constant goes, moved or combined with other constants, into an element-wise node
// beside something that is none, and into a node that looks at its elements.
func lookers(v *graph.Value, typ tensor.Type) (elements, looked bool) {
	const most = 64 // nodes that are looked at
	open, seen := []*graph.Value{v}, map[*graph.Node]bool{}
	for len(open) > 0 && len(seen) < most {
		v, open = open[0], open[1:]
		for u := range v.Uses() {
			n := u.Node
			switch {
			case n == nil || seen[n]:
				continue
			case looksAtElements(n, typ):
				return elements, true
			}
			seen[n] = true
			if hasNeutral(n) {
				elements = true
			}
			for i := range n.NumOutputs() {
				if out := n.Output(i); out != nil && mayBeConstant(n, v) {
					open = append(open, out)
				}
			}
		}
	}
	return elements, false
}

// looksAtElements reports a node that is computed or not by what its elements are: a Cast to a type that does
// not hold all numbers of the given one, and a comparison.
func looksAtElements(n *graph.Node, typ tensor.Type) bool {
	if n.Is("Cast") {
		return !tensor.Type(n.Int("to", 0)).Holds(typ)
	}
	return slices.ContainsFunc([]string{"CastLike", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}, n.Is)
}

// hasNeutral reports a node that does nothing beside a neutral constant.
func hasNeutral(n *graph.Node) bool {
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
