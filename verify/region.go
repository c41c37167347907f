package verify

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// region is a part of two graphs between values that both have: what computes one such value from others.
//
//	first model     x ──▶ Conv ──▶ BatchNormalization ──▶ y
//	second model    x ──▶ Conv′ ────────────────────────▶ y
//
// If both versions of every region give the same result from the same inputs, the models are the same function.
type region struct {
	result side[*graph.Value]
	inputs []side[*graph.Value]
	nodes  side[[]*graph.Node]   // in the order in which they are computed
	within map[*graph.Value]bool // common values that are no inputs
	body   bool                  // it is in a sub-graph
	// constants compute the constants in which the two versions differ, where these are the same node otherwise. If
	// they are equal the node need not be run, whatever its operator is.
	constants []*region
}

// side is something of the first model and its counterpart in the second.
type side[T any] struct{ was, is T }

// regions are those that were rewritten, in the order of the second model. Where both versions are the same nodes
// with the same constants there is nothing to compare.
func (b *borders) regions() []*region {
	var found []*region
	for k, p := range b.pairs {
		done := map[*graph.Value]bool{}
		add := func(was, is *graph.Value) {
			if done[is] || b.unchanged(was, is) {
				return
			}
			done[is] = true
			r := b.region(was, is)
			for _, c := range b.constants(was, is) {
				r.constants = append(r.constants, b.region(c.was, c.is))
			}
			r.body = k > 0
			found = append(found, r)
		}
		for n := range p.is.Nodes() {
			for i := range n.NumOutputs() {
				if v := n.Output(i); v != nil && b.was[v] != nil && v.Used() {
					add(b.was[v], v)
				}
			}
		}
		for _, r := range p.results {
			add(r[0], r[1])
		}
	}
	return found
}

// region finds what computes a value from others that both versions read. A value that only one of them reads is not an
// input but part of the region.
func (b *borders) region(was, is *graph.Value) *region {
	return b.regionOver(was, is, map[*graph.Value]bool{was: true, is: true})
}

// widen is a region with one input less: the latest that is computed from another one. Where a version uses what the
// inputs have to do with each other, the two are the same over inputs that belong together alone. It is nil where there is
// no such input.
func (b *borders) widen(r *region) *region {
	var open side[*graph.Value]
	for _, v := range r.inputs {
		n := v.was.Producer()
		if n == nil || v.was.Graph() != r.result.was.Graph() || open.was != nil && b.place[n] < b.place[open.was.Producer()] {
			continue
		}
		behind := coneOf(v.was, func(w *graph.Value) bool {
			return slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool { return s.was == w && w != v.was })
		})
		if slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool { return s.was != v.was && slices.Contains(behind.inputs, s.was) }) {
			open = v
		}
	}
	if open.was == nil {
		return nil
	}
	within := map[*graph.Value]bool{open.was: true, open.is: true}
	for v := range r.within {
		within[v] = true
	}
	return b.regionOver(r.result.was, r.result.is, within)
}

// regionOver is the region of a result that has given values inside, not as inputs.
func (b *borders) regionOver(was, is *graph.Value, within map[*graph.Value]bool) *region {
	for {
		w := coneOf(was, func(v *graph.Value) bool { return b.is[v] != nil && !within[v] })
		i := coneOf(is, func(v *graph.Value) bool { return b.was[v] != nil && !within[v] })
		open := b.unshared(was.Graph(), is.Graph(), w.inputs, i.inputs)
		if open == nil {
			r := &region{within: within, result: side[*graph.Value]{was, is}, nodes: side[[]*graph.Node]{b.ordered(w), b.ordered(i)}}
			for _, v := range i.inputs {
				r.inputs = append(r.inputs, side[*graph.Value]{b.was[v], v})
			}
			for _, v := range w.inputs {
				if !slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool { return s.was == v }) {
					r.inputs = append(r.inputs, side[*graph.Value]{v, b.is[v]})
				}
			}
			return r
		}
		within[open] = true
	}
}

// unshared is the latest value that only one version reads and that a node of the two graphs computes; nil for none.
func (b *borders) unshared(first, second *graph.Graph, was, is []*graph.Value) *graph.Value {
	var found *graph.Value
	latest := -1
	look := func(v, original *graph.Value, shared bool) {
		if n := original.Producer(); !shared && n != nil && v.Producer() != nil && (v.Graph() == first || v.Graph() == second) && b.place[n] > latest {
			found, latest = v, b.place[n]
		}
	}
	for _, v := range was {
		look(v, v, slices.ContainsFunc(is, func(i *graph.Value) bool { return b.was[i] == v }))
	}
	for _, v := range is {
		look(v, b.was[v], slices.Contains(was, b.was[v]))
	}
	return found
}

// cone is what a value is computed by, back to where it is cut.
type cone struct {
	inputs []*graph.Value
	nodes  map[*graph.Node]bool
	graph  *graph.Graph
}

// coneOf walks back from a value to values where cut is true, to inputs, and to values of the graphs around.
func coneOf(result *graph.Value, cut func(*graph.Value) bool) cone {
	c := cone{nodes: map[*graph.Node]bool{}, graph: result.Graph()}
	seen := map[*graph.Value]bool{}
	stack := []*graph.Value{result}
	visit := func(v *graph.Value) {
		if v == nil || seen[v] || v.Constant() != nil {
			return
		}
		seen[v] = true
		if v.Producer() == nil || v.Graph() != c.graph || cut(v) {
			c.inputs = append(c.inputs, v)
			return
		}
		stack = append(stack, v)
	}
	if result.Producer() == nil {
		visit(result)
		stack = nil
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1].Producer()
		stack = stack[:len(stack)-1]
		if c.nodes[n] {
			continue
		}
		c.nodes[n] = true
		for v := range operands(n) {
			visit(v)
		}
	}
	return c
}

// operands are the values that a node reads, those that its sub-graphs capture included.
func operands(n *graph.Node) func(yield func(*graph.Value) bool) {
	return func(yield func(*graph.Value) bool) {
		for _, v := range n.Inputs() {
			if v != nil && !yield(v) {
				return
			}
		}
		for g := range n.Subgraphs() {
			byName := func(a, b *graph.Value) int { return cmp.Compare(a.Name(), b.Name()) }
			for _, v := range slices.SortedFunc(maps.Keys(captured(g)), byName) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// ordered is the nodes of a cone in the order in which they are computed.
func (b *borders) ordered(c cone) []*graph.Node {
	return slices.SortedFunc(maps.Keys(c.nodes), func(m, n *graph.Node) int { return b.place[m] - b.place[n] })
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

// fixed reports whether a value is a constant or computed from constants alone.
func fixed(v *graph.Value) bool {
	return v.Constant() != nil || v.Producer() != nil && len(coneOf(v, func(*graph.Value) bool { return false }).inputs) == 0
}

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
	for _, g := range append(slices.Clone(b.Graphs), b.Graph) {
		if g != nil && m.paired[g] == nil {
			return false
		}
	}
	x, y := *a, *b
	if !sameTensor(x.Tensor, y.Tensor) || !slices.EqualFunc(x.Tensors, y.Tensors, sameTensor) || len(x.Graphs) != len(y.Graphs) {
		return false
	}
	for _, z := range []*graph.Attr{&x, &y} {
		z.Graph, z.Graphs, z.Tensor, z.Tensors = nil, nil, nil, nil
		if z.Kind != graph.AttrSparseTensor && z.Kind != graph.AttrSparseTensors && z.Kind != graph.AttrTypeProto && z.Kind != graph.AttrTypeProtos {
			z.Extra = nil
		}
	}
	return reflect.DeepEqual(x, y)
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
