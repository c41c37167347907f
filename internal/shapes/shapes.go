// Package shapes infers the shapes of the values of a graph, as far as they are certain. It starts from what
// the inputs are declared as and what the initializers are, and follows the rules of the operators that
// convolutional networks are made of:
//
//	x                        N 3 H 32     as the graph declares it
//	Conv 3×3, pads 1         N 8 H 32     the height of x
//	Conv 3×3, no pads        N 8 H-2 30   two less
//	Conv 3×3, stride 2       N 8 ?2 16    a new term: half of H, rounded up
//	Shape                    4            a list; its elements N, 3, H and 32 are followed too
//
// A size that depends on the inputs is a term. Terms can be compared: two branches that stride alike have equal
// terms, so their sizes are equal in every run. What a file says of the values in between (its value_info) is
// not read, because it may be wrong.
package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// maxRank and maxInts bound the shapes and the lists of integers that are followed.
const (
	maxRank = 16
	maxInts = 64
)

// Shapes knows the shapes of the values of one model. It infers what it is asked for, each value once,
// and keeps it. It may be kept while a pass rewrites the graph as long as every value keeps its shape;
// it is not safe for concurrent use.
//
// Every statement holds for each run that succeeds, sizes of zero included.
type Shapes struct {
	terms  terms
	nodes  int                          // of the graph
	known  map[*graph.Value]*facts      // made when the first value is asked for: many passes ask for none
	last   [4]*facts                    // that were inferred; in a deep network most values are like one of them
	owners map[*graph.Graph]*graph.Node // of sub-graphs
}

// facts is what is known of a value.
type facts struct {
	typ    op.Type
	ranked bool // whether shape is known
	shape  []Dim
	ints   []Dim // the elements of a scalar or list of integers, nil where they are not known
}

// Of returns the shapes of the values of the model that g belongs to.
func Of(g *graph.Graph) *Shapes {
	return &Shapes{terms: terms{}, nodes: g.Len(), owners: map[*graph.Graph]*graph.Node{}}
}

// Shape is the size of each axis; false where not even their number is certain. The caller must not
// change it.
func (s *Shapes) Shape(v *graph.Value) ([]Dim, bool) {
	f := s.of(v)
	return f.shape, f.ranked
}

// Static is the shape of a value all of whose sizes are numbers.
func (s *Shapes) Static(v *graph.Value) ([]int64, bool) {
	f := s.of(v)
	if !f.ranked {
		return nil, false
	}
	return numbers(f.shape)
}

// Quotient is ⌊d/n⌋; false where it is not certain.
func (s *Shapes) Quotient(d Dim, n int64) (Dim, bool) {
	q := s.terms.quotient(d, n)
	return q, q != none()
}

// Rank is the number of axes; false where it is not certain.
func (s *Shapes) Rank(v *graph.Value) (int, bool) {
	f := s.of(v)
	return len(f.shape), f.ranked
}

// Elem is the element type of a tensor, [tensor.Undefined] where it is not certain and for what is no tensor.
func (s *Shapes) Elem(v *graph.Value) tensor.Type { return s.of(v).typ.Tensor() }

// Holds is the type of a value that may be a sequence or an optional, too.
func (s *Shapes) Holds(v *graph.Value) op.Type { return s.of(v).typ }

// Type is what is certain of v, as a graph declares it. A size that is neither a number nor a symbol of the graph is left open.
func (s *Shapes) Type(v *graph.Value) graph.Type {
	f := s.of(v)
	elem := f.typ.Tensor()
	t := graph.Type{Elem: elem, Ranked: f.ranked && elem != tensor.Undefined}
	for _, d := range f.shape {
		size, fixed := d.Size()
		if !fixed {
			size = -1
		}
		if t.Ranked {
			t.Shape = append(t.Shape, tensor.Dim{Size: size, Param: d.Param()})
		}
	}
	return t
}

// Ints is what a scalar or a list of integers, such as the result of Shape, holds; false where that is
// not known at all. One that depends on the inputs is a term. The caller must not change it.
func (s *Shapes) Ints(v *graph.Value) ([]Dim, bool) {
	f := s.of(v)
	return f.ints, f.ints != nil
}

// numbers is the numbers of a list that holds no term.
func numbers(list []Dim) ([]int64, bool) {
	out := make([]int64, len(list))
	for i, d := range list {
		n, ok := d.Size()
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// of is what is known of v. It walks back from v with a stack of its own: graphs are deep.
func (s *Shapes) of(v *graph.Value) facts {
	if f, ok := s.find(v); ok {
		return f
	}
	if s.known == nil {
		s.known = make(map[*graph.Value]*facts, s.nodes)
	}
	open := map[*graph.Value]bool{}
	stack := []*graph.Value{v}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		if _, ok := s.find(top); ok {
			stack = stack[:len(stack)-1]
			continue
		}
		if open[top] {
			s.known[top] = s.shared(s.infer(top))
			continue
		}
		open[top] = true
		for _, in := range s.needs(top) {
			if _, ok := s.find(in); !ok && !open[in] {
				stack = append(stack, in)
			}
		}
	}
	f, _ := s.find(v)
	return f
}

// find is what is known of v without inference; false where there is none yet.
func (s *Shapes) find(v *graph.Value) (facts, bool) {
	if v == nil {
		return facts{}, true
	}
	if t := v.Constant(); t != nil {
		return constant(t), true
	}
	if f := s.known[v]; f != nil {
		return *f, true
	}
	return facts{}, false
}

// shared is one of the last facts where f says the same, else f.
func (s *Shapes) shared(f facts) *facts {
	for _, l := range s.last {
		if l != nil && l.typ == f.typ && l.ranked == f.ranked && slices.Equal(l.shape, f.shape) && f.ints == nil && l.ints == nil {
			return l
		}
	}
	copy(s.last[1:], s.last[:])
	s.last[0] = &f
	return &f
}

// operands are the inputs of v's producer that its shape may depend on. Where there can be any number
// of them there is one output, so that the walk stays linear.
func operands(v *graph.Value) []*graph.Value {
	n := v.Producer()
	if n == nil {
		return nil
	}
	count := min(n.NumInputs(), 8)
	switch n.OpType {
	case "Concat", "Sum", "Max", "Min", "Mean":
		if v.ProducerIndex() == 0 {
			count = n.NumInputs()
		}
	}
	in := make([]*graph.Value, count)
	for i := range in {
		in[i] = n.Input(i)
	}
	return in
}

func (s *Shapes) infer(v *graph.Value) facts {
	n := v.Producer()
	if n == nil {
		return s.declared(v)
	}
	node, err := op.Of(n)
	if err != nil {
		return facts{}
	}
	c := call{shapes: s, terms: s.terms, Node: node, n: n, out: v}
	for _, in := range operands(v) {
		f, _ := s.find(in)
		c.in = append(c.in, f)
	}
	typ := node.Type(v.ProducerIndex(), s.typeOf)
	c.elem = typ.Tensor()
	f := c.result()
	f.typ = typ
	c.settle(&f)
	return f
}

// settle gives every size of which nothing is known a term of its own, and forgets what no tensor can
// be.
func (c call) settle(f *facts) {
	if len(f.shape) > maxRank {
		f.ranked, f.shape = false, nil
	}
	if len(f.ints) > maxInts {
		f.ints = nil
	}
	for i, d := range f.shape {
		size, ok := d.Size()
		switch {
		case ok && size < 0:
			*f = facts{typ: f.typ}
			return
		case d == none():
			f.shape[i] = c.terms.opaque(c.out, i)
		}
	}
	if slices.Contains(f.ints, none()) {
		f.ints = slices.Clone(f.ints)
		for i, d := range f.ints {
			if d == none() {
				f.ints[i] = c.terms.element(c.out, i)
			}
		}
	}
}

// declared is what the main graph says of its own inputs; callers have to keep to it.
func (s *Shapes) declared(v *graph.Value) facts {
	if !v.IsInput() || v.Graph() == nil {
		return facts{}
	}
	if v.Graph() != v.Graph().Model().Graph {
		return facts{typ: s.bodyInput(v, s.typeOf)}
	}
	f := facts{typ: op.Type{Elem: v.Type().Elem}}
	if v.Type().Other != nil {
		return facts{typ: op.Declared(v.Type().Other)}
	}
	if !v.Type().Ranked || v.Type().Elem == tensor.Undefined || len(v.Type().Shape) > maxRank {
		return f
	}
	f.ranked, f.shape = true, make([]Dim, len(v.Type().Shape))
	for i, d := range v.Type().Shape {
		switch {
		case d.Size >= 0 && d.Size <= limit:
			f.shape[i] = Fixed(d.Size)
		case d.Size < 0 && isName(d.Param):
			f.shape[i] = s.terms.named(d.Param)
		default:
			f.shape[i] = s.terms.opaque(v, i)
		}
	}
	return f
}

// isName tells a symbol from what some exporters write for sizes that have nothing in common.
func isName(param string) bool {
	return param != "" && param != "?" && param != "None" && param != "-1"
}

// constant is what a tensor is.
func constant(t *tensor.Tensor) facts {
	f := facts{typ: op.Type{Elem: t.Type()}}
	if t.Rank() > maxRank {
		return f
	}
	f.ranked, f.shape = true, make([]Dim, t.Rank())
	for i, size := range t.Shape() {
		if f.shape[i] = Fixed(size); f.shape[i] == none() {
			return facts{typ: f.typ}
		}
	}
	if t.Rank() > 1 || t.Len() > maxInts || t.Type() != tensor.Int64 && t.Type() != tensor.Int32 {
		return f
	}
	values, _ := t.Int64s()
	ints := make([]Dim, len(values))
	for i, n := range values {
		if ints[i] = Fixed(n); ints[i] == none() {
			return f
		}
	}
	f.ints = ints
	return f
}
