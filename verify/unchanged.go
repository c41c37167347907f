package verify

import (
	"reflect"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// unchanged reports whether a value of both graphs is computed by the same nodes from the same constants.
func (b *borders) unchanged(was, is *graph.Value) bool {
	m := matcher{b, map[side[*graph.Value]]bool{}}
	if is.Producer() == nil || was.Producer() == nil {
		return m.same(was, is)
	}
	return m.nodes(was, is)
}

// matcher compares what computes two values.
type matcher struct {
	*borders
	known map[side[*graph.Value]]bool
}

// same reports whether two values are the same border, or are computed in the same way.
func (m matcher) same(was, is *graph.Value) bool {
	switch {
	case was == nil || is == nil:
		return was == is
	case m.was[is] == was:
		return true
	case sealed(was) && sealed(is):
		return was.Extra() != nil && was.Extra() == is.Extra()
	case was.Constant() != nil || is.Constant() != nil:
		return sameTensor(was.Constant(), is.Constant())
	}
	at := side[*graph.Value]{was, is}
	if known, ok := m.known[at]; ok {
		return known
	}
	m.known[at] = false
	m.known[at] = m.nodes(was, is)
	return m.known[at]
}

// sealed reports an initializer that is kept and never read, such as a sparse one.
func sealed(v *graph.Value) bool { return v.IsInitializer() && !v.Overridable() && v.Data() == nil }

// nodes reports whether the nodes that compute two values are the same, and so is what they read.
func (m matcher) nodes(was, is *graph.Value) bool {
	if !m.operators(was, is) {
		return false
	}
	for k, v := range was.Producer().Inputs() {
		if !m.same(v, is.Producer().Input(k)) {
			return false
		}
	}
	return true
}

// operators reports whether two values are the same result of the same operator, whatever it reads.
func (m matcher) operators(was, is *graph.Value) bool {
	a, b := was.Producer(), is.Producer()
	if a == nil || b == nil || was.ProducerIndex() != is.ProducerIndex() ||
		a.OpType != b.OpType || a.Domain != b.Domain || a.Callee() != b.Callee() || a.NumInputs() != b.NumInputs() || len(a.Attrs()) != len(b.Attrs()) {
		return false
	}
	for _, x := range a.Attrs() {
		if y := b.Attr(x.Name); y == nil || !m.attr(x, y) {
			return false
		}
	}
	return true
}

// attr compares two attributes. Sub-graphs that are compared by themselves count as the same.
func (m matcher) attr(a, b *graph.Attr) bool {
	if a == b {
		return true
	}
	was, is := append(slices.Clone(a.Graphs), a.Graph), append(slices.Clone(b.Graphs), b.Graph)
	if len(was) != len(is) {
		return false
	}
	for k, g := range is {
		if (g == nil) != (was[k] == nil) || g != nil && m.paired[g] != was[k] {
			return false
		}
	}
	return samePlain(*a, *b)
}

// samePlain compares two attributes but for their graphs.
func samePlain(a, b graph.Attr) bool {
	if !sameTensor(a.Tensor, b.Tensor) || !slices.EqualFunc(a.Tensors, b.Tensors, sameTensor) {
		return false
	}
	for _, x := range []*graph.Attr{&a, &b} {
		x.Graph, x.Graphs, x.Tensor, x.Tensors = nil, nil, nil, nil
		if x.Kind != graph.AttrSparseTensor && x.Kind != graph.AttrSparseTensors && x.Kind != graph.AttrTypeProto && x.Kind != graph.AttrTypeProtos {
			x.Extra = nil
		}
	}
	return reflect.DeepEqual(a, b)
}

// sameTensor reports whether two tensors hold the same bytes; a recipe is the same as itself alone.
func sameTensor(a, b *tensor.Tensor) bool {
	switch {
	case a == b:
		return true
	case a == nil || b == nil || a.Computed() || b.Computed() || a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()):
		return false
	}
	var d tensor.Difference
	err := d.AddTensors(a, b)
	return err == nil && d.MaxAbs == 0 && d.Unlike == 0
}

// constants are the inputs in which two nodes differ, where these are computed from constants alone and the nodes are the
// same otherwise.
func (b *borders) constants(was, is *graph.Value) []side[*graph.Value] {
	m := matcher{b, map[side[*graph.Value]]bool{}}
	if !m.operators(was, is) {
		return nil
	}
	var differ []side[*graph.Value]
	for k, v := range was.Producer().Inputs() {
		w := is.Producer().Input(k)
		switch {
		case m.same(v, w):
		case v != nil && w != nil && fixed(v) && fixed(w):
			differ = append(differ, side[*graph.Value]{v, w})
		default:
			return nil
		}
	}
	return differ
}
