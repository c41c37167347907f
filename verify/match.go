package verify

import (
	"context"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// nearest is how far apart two values may be, relative to the first, to be taken for the same.
const nearest = 0.25

// matchValues finds the values of two graphs that seem to mean the same, whatever their names are. It runs both over one input:
// a value of the second graph goes with the one of the first that has its shape and is nearest to it. What a model decides by,
// such as the logits before a Softmax, goes with what the other decides by.
//
// That two values are near is no proof. It says between which values to compare the graphs.
func matchValues(ctx context.Context, models side[*graph.Model], exact side[Exact], in tensor.Map) (matches, error) {
	was, err := sketches(ctx, models.was, exact.was, in)
	if err != nil {
		return matches{}, err
	}
	is, err := sketches(ctx, models.is, exact.is, in)
	if err != nil {
		return matches{}, err
	}
	byShape := map[string][]sketch{}
	for _, s := range was {
		byShape[s.shape] = append(byShape[s.shape], s)
	}
	m := matches{origin: map[*graph.Value]*graph.Value{}, kept: map[*graph.Value]bool{}}
	for _, s := range is {
		if w := s.nearestOf(byShape[s.shape]); w != nil {
			m.origin[s.value] = w
		}
	}
	for _, v := range models.is.Graph.Outputs() {
		for _, w := range models.was.Graph.Outputs() {
			if w.Name() == v.Name() {
				m.decidedBy(w, v)
			}
		}
	}
	return m, nil
}

// matches are values of a second graph with those of a first that they go with.
type matches struct {
	origin map[*graph.Value]*graph.Value
	kept   map[*graph.Value]bool // that hold whatever a comparison finds
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
	exact   bool // the type has no rounding
}

// mostSketched is how many numbers of a value are looked at.
const mostSketched = 1024

// sketches runs a model, as far as it can be run, and sketches its values, in their order.
func sketches(ctx context.Context, m *graph.Model, exact Exact, in tensor.Map) ([]sketch, error) {
	l, err := newLine(exact.Evaluate(), m, in)
	if err != nil {
		return nil, err
	}
	for n := range m.Graph.Nodes() {
		for _, v := range results(n) {
			l.hold(v)
		}
	}
	var found []sketch
	for {
		n, err := l.step(ctx)
		if n == nil || err != nil {
			return found, err
		}
		for _, v := range results(n) {
			if t, elem, err := l.value(v); err == nil {
				found = append(found, sketchOf(v, t, elem))
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
	s := sketch{value: v, shape: elem.String() + tensor.FormatShape(t.Shape()), exact: !elem.IsFloat()}
	if t.Type() == tensor.String {
		return s
	}
	all := t.Float64s()
	step := max(len(all)/mostSketched, 1) | 1 // odd, so that it does not keep step with rows
	for i := 0; i < len(all); i += step {
		s.numbers = append(s.numbers, all[i])
	}
	return s
}

// nearestOf is the value that is nearest; of several that are as near, one that the same operator computes, and then the last.
func (s sketch) nearestOf(others []sketch) *graph.Value {
	var found *graph.Value
	best := math.Inf(1)
	for _, o := range others {
		d := o.distance(s)
		if !(d <= nearest) || d > best || d == best && operatorOf(found) == operatorOf(s.value) && operatorOf(o.value) != operatorOf(s.value) {
			continue
		}
		best, found = d, o.value
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
