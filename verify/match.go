package verify

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// nearest is how far apart two values may be, relative to the first, to be taken for the same.
const nearest = 0.25

// matchValues finds the values of two graphs that seem to mean the same, whatever their names are. It runs both over one input:
// a value of the second graph goes with the one of the first that has its shape and is nearest to it, and takes its numbers. What a model decides by,
// such as the logits before a Softmax, goes with what the other decides by.
//
// That two values are near is no proof. It says between which values to compare the graphs.
func matchValues(ctx context.Context, models side[*graph.Model], exact side[Exact], in tensor.Map) (matches, error) {
	m := newMatches()
	known := gallery{byShape: map[string][]sketch{}}
	around := surroundings{map[*graph.Value]typed{}, map[*graph.Value]input{}}
	if err := eachValue(ctx, models.was, exact.was, in, func(_ *line, s sketch, t *tensor.Tensor) {
		known.add(s, t)
		around.note(s.value, t, s.elem)
	}); err != nil {
		return matches{}, err
	}
	if err := eachValue(ctx, models.is, exact.is, in, func(l *line, s sketch, _ *tensor.Tensor) {
		m.take(l.run, s, s.nearestOf(known.byShape[s.shape]))
	}); err != nil {
		return matches{}, err
	}
	for _, v := range models.is.Graph.Outputs() {
		for _, w := range models.was.Graph.Outputs() {
			if w.Name() == v.Name() {
				m.decidedBy(w, v)
			}
		}
	}
	for _, v := range models.was.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			around.note(v, t, cmp.Or(v.Type().Elem, t.Type()))
		}
	}
	return m, m.branches(ctx, models, exact, stage{exact: exact.was, shapes: around.shapes, held: around.number})
}

// matches are values of a second graph with those of a first that they go with.
type matches struct {
	origin map[*graph.Value]*graph.Value
	kept   map[*graph.Value]bool // that hold whatever a comparison finds
}

func newMatches() matches {
	return matches{origin: map[*graph.Value]*graph.Value{}, kept: map[*graph.Value]bool{}}
}

// decidedBy pairs what two operators at the end of the graphs read, where these are the same and can answer the same to different
// numbers.
func (m matches) decidedBy(was, is *graph.Value) {
	a, b := was.Producer(), is.Producer()
	same := matcher{&borders{}, map[side[*graph.Value]]bool{}}
	for a != nil && b != nil && same.operators(was, is) && (hides(b) || moves(b)) {
		was, is = a.Input(0), b.Input(0)
		if was == nil || is == nil || was.Producer() == nil || is.Producer() == nil {
			return
		}
		a, b = was.Producer(), is.Producer()
		m.origin[is], m.kept[is] = was, true
	}
}

// hides reports whether a node can answer the same to different numbers.
func hides(n *graph.Node) bool {
	switch n.OpType {
	case "Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "Tanh", "Clip", "Relu", "GlobalMaxPool", "MaxPool", "ReduceMax":
		return true
	}
	return decides(n)
}

// moves reports whether a node hands out the numbers that it reads.
func moves(n *graph.Node) bool {
	switch n.OpType {
	case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Dropout":
		return true
	}
	return false
}

// sketch is some numbers of a value, enough to tell it from others.
type sketch struct {
	value   *graph.Value
	shape   string // with the element type
	numbers []float64
	elem    tensor.Type
	exact   bool           // the type has no rounding
	whole   *tensor.Tensor // nil where it is not kept
}

// mostSketched is how many numbers of a value are looked at.
const mostSketched = 1024

// gallery are the sketches of a model's values.
type gallery struct {
	byShape map[string][]sketch
	kept    int // numbers of whole values
}

// mostKept is how many numbers of whole values are kept.
const mostKept = 64 << 20

func (g *gallery) add(s sketch, t *tensor.Tensor) {
	if !s.exact && g.kept+t.Len() <= mostKept {
		g.kept += t.Len()
		s.whole = t
	}
	g.byShape[s.shape] = append(g.byShape[s.shape], s)
}

// eachValue runs a model, as far as it can be run, and shows its values, in their order.
func eachValue(ctx context.Context, m *graph.Model, exact Exact, in tensor.Map, show func(l *line, s sketch, t *tensor.Tensor)) error {
	l, err := newLine(exact.Evaluate(), m, in)
	if err != nil {
		return err
	}
	for n := range m.Graph.Nodes() {
		for _, v := range results(n) {
			l.hold(v)
		}
	}
	for {
		n, err := l.step(ctx)
		if n == nil || err != nil {
			return err
		}
		for _, v := range results(n) {
			if t, elem, err := l.value(v); err == nil {
				show(l, sketchOf(v, t, elem), t)
			}
			l.release(v)
		}
	}
}

// results are the values that a node computes.
func results(n *graph.Node) []*graph.Value {
	list := make([]*graph.Value, 0, n.NumOutputs())
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			list = append(list, v)
		}
	}
	return list
}

func sketchOf(v *graph.Value, t *tensor.Tensor, elem tensor.Type) sketch {
	s := sketch{value: v, elem: elem, shape: elem.String() + tensor.FormatShape(t.Shape()), exact: !elem.IsFloat()}
	if t.Type() == tensor.String {
		return s
	}
	all := t.Numbers()
	step := max(len(all)/mostSketched, 1) | 1 // odd, so that it does not keep step with rows
	for i := 0; i < len(all); i += step {
		s.numbers = append(s.numbers, all[i])
	}
	return s
}

// nearestOf is the value that is nearest; of several that are as near, one that the same operator computes, and then the last.
func (s sketch) nearestOf(others []sketch) *sketch {
	var found *sketch
	best := math.Inf(1)
	for k := range others {
		o := &others[k]
		d := o.distance(s)
		if !(d <= nearest) || d > best || d == best && operatorOf(found.value) == operatorOf(s.value) && operatorOf(o.value) != operatorOf(s.value) {
			continue
		}
		best, found = d, o
	}
	return found
}

func operatorOf(v *graph.Value) string {
	if n := v.Producer(); n != nil {
		return n.OpType
	}
	return ""
}

// distance is how far another sketch is from this one, relative to it, in the Euclidean norm.
func (s sketch) distance(o sketch) float64 {
	if s.exact {
		if slices.Equal(s.numbers, o.numbers) {
			return 0
		}
		return math.Inf(1)
	}
	var apart, size float64
	for i, a := range s.numbers {
		b := o.numbers[i]
		if a == b || math.IsNaN(a) && math.IsNaN(b) {
			size += a * a
			continue
		}
		apart += (a - b) * (a - b)
		size += a * a
	}
	if apart == 0 {
		return 0
	}
	return math.Sqrt(apart / size)
}
