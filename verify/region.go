package verify

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
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
	branch *graph.Graph          // of the first model: the outermost branch of an If that it is in; nil for none
	wide   int                   // how often it was widened
	graphs []inside              // graphs in its nodes that are not compared by themselves, so that they have to be run
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
		done := map[side[*graph.Value]]bool{}
		add := func(was, is *graph.Value) {
			at := side[*graph.Value]{was, is}
			if done[at] || b.unchanged(was, is) {
				return
			}
			done[at] = true
			r := b.region(was, is)
			for _, c := range b.constants(was, is) {
				r.constants = append(r.constants, b.region(c.was, c.is))
			}
			r.body, r.branch = k > 0, b.branch[p.was]
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
	wide, ok := b.wider[r]
	if !ok {
		wide = b.withoutLatest(r)
		b.wider[r] = wide
	}
	return wide
}

// withoutLatest looks for what [borders.widen] is.
func (b *borders) withoutLatest(r *region) *region {
	var open side[*graph.Value]
	for _, v := range r.inputs {
		n := v.was.Producer()
		if n == nil || v.was.Graph() != r.result.was.Graph() || open.was != nil && b.place[n] < b.place[open.was.Producer()] {
			continue
		}
		computedBy := coneOf(v.was, func(w *graph.Value) bool {
			return slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool { return s.was == w && w != v.was })
		})
		if slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool { return s.was != v.was && slices.Contains(computedBy.inputs, s.was) }) {
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
	wide := b.regionOver(r.result.was, r.result.is, within)
	wide.wide, wide.branch = r.wide+1, r.branch
	return wide
}

// regionOver is the region of a result that has given values inside, not as inputs.
func (b *borders) regionOver(was, is *graph.Value, within map[*graph.Value]bool) *region {
	for {
		var around []*graph.Graph // that have values inside
		for v := range within {
			around = append(around, v.Graph())
		}
		w := coneOf(was, func(v *graph.Value) bool { return b.is[v] != nil && !within[v] && !b.fixed[v] }, around...)
		i := coneOf(is, func(v *graph.Value) bool { return b.was[v] != nil && !within[v] && !b.fixed[v] }, around...)
		open := b.unshared(w.inputs, i.inputs)
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
			r.graphs = b.toRun(r)
			return r
		}
		within[open] = true
	}
}

// unshared is the latest value that only one version reads and that a node computes, maybe one around a sub-graph; nil for none.
func (b *borders) unshared(was, is []*graph.Value) *graph.Value {
	var found *graph.Value
	latest := -1
	look := func(v, original *graph.Value, shared bool) {
		if n := original.Producer(); !shared && n != nil && v.Producer() != nil && b.place[n] > latest {
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

// ordered is the nodes of a cone in the order in which they are computed.
func (b *borders) ordered(c cone) []*graph.Node {
	return slices.SortedFunc(maps.Keys(c.nodes), func(m, n *graph.Node) int { return b.place[m] - b.place[n] })
}

// Parts are regions of comparisons that have their first model in common, in memory: what each computes, and how the second model
// does it, numbers included.
type Parts map[string]bool

// Parts are the regions of the comparison that can be told apart from others.
func (a *RegionProof) Parts() Parts {
	list := Parts{}
	for _, r := range a.regions {
		if key := r.key(); key != "" {
			list[key] = true
		}
	}
	return list
}

// key tells a region apart from others; "" for one with graphs or functions in it, which are not looked into.
func (r *region) key() string {
	h := sha256.New()
	at := map[*graph.Value]int{} // the values of the second version, by where they come from
	_, _ = fmt.Fprintf(h, "%p", r.result.was)
	for _, v := range r.inputs {
		_, _ = fmt.Fprintf(h, " %p %t", v.was, v.is != nil)
		if v.is != nil {
			at[v.is] = len(at) + 1
		}
	}
	for _, n := range r.nodes.was {
		_, _ = fmt.Fprintf(h, " %p", n)
	}
	for _, n := range r.nodes.is {
		if !keyNode(h, n, at) {
			return ""
		}
	}
	_, _ = fmt.Fprint(h, at[r.result.is])
	return string(h.Sum(nil))
}

// keyNode adds a node to the key of a region. It reports whether it could.
func keyNode(h hash.Hash, n *graph.Node, at map[*graph.Value]int) bool {
	for range n.Subgraphs() {
		return false
	}
	if n.Callee() != nil {
		return false
	}
	_, _ = fmt.Fprintf(h, "\n%q %q", n.Domain, n.OpType)
	for _, v := range n.Inputs() {
		switch {
		case v == nil:
			_, _ = fmt.Fprint(h, " -")
		case at[v] > 0:
			_, _ = fmt.Fprintf(h, " %d", at[v])
		case v.Constant() == nil:
			return false
		default:
			keyTensor(h, v.Constant())
		}
	}
	for k := range n.NumOutputs() {
		v := n.Output(k)
		if _, _ = fmt.Fprintf(h, " %t", v != nil); v != nil {
			at[v] = len(at) + 1
		}
	}
	for _, a := range n.Attrs() {
		_, _ = fmt.Fprintf(h, " %q %d %v %d %q %v %v %q %q", a.Name, a.Kind, a.Float, a.Int, a.String, a.Floats, a.Ints, a.Strings, a.Ref)
		for _, t := range append([]*tensor.Tensor{a.Tensor}, a.Tensors...) {
			keyTensor(h, t)
		}
	}
	return true
}

// keyTensor adds a tensor to the key of a region. A recipe is the same as itself alone.
func keyTensor(h hash.Hash, t *tensor.Tensor) {
	if t == nil {
		return
	}
	_, _ = fmt.Fprintf(h, " %s%v:", t.Type(), t.Shape())
	if !t.Computed() {
		if raw, err := t.Bytes(); err == nil {
			_, _ = h.Write(raw)
			return
		}
	}
	_, _ = fmt.Fprintf(h, "%p", t)
}

// cone is what a value is computed by, back to where it is cut.
type cone struct {
	inputs []*graph.Value
	nodes  map[*graph.Node]bool
}

// coneOf walks back from a value to values where cut is true, to inputs, and to values of the graphs around, but for those
// that are given.
func coneOf(result *graph.Value, cut func(*graph.Value) bool, around ...*graph.Graph) cone {
	c := cone{nodes: map[*graph.Node]bool{}}
	seen := map[*graph.Value]bool{}
	stack := []*graph.Value{result}
	visit := func(v *graph.Value) {
		if v == nil || seen[v] || v.IsInitializer() && !v.Overridable() {
			return
		}
		seen[v] = true
		if v.Producer() == nil || v.Graph() != result.Graph() && !slices.Contains(around, v.Graph()) || cut(v) {
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
			for _, v := range reads(g) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// reads are the values of the graphs around g that g and the graphs in it read, by their names.
func reads(g *graph.Graph) []*graph.Value {
	return slices.SortedFunc(maps.Keys(captured(g)), func(a, b *graph.Value) int { return cmp.Compare(a.Name(), b.Name()) })
}

// fixed reports whether a value is a constant or computed from constants alone.
func fixed(v *graph.Value) bool {
	return v.Constant() != nil || v.Producer() != nil && len(coneOf(v, func(*graph.Value) bool { return false }).inputs) == 0
}
