package verify

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// Decisions are nodes that two models have in common and whose answer jumps: where two numbers nearly tie, rounding can change
// the class of an ArgMax or the order of a TopK. Such answers are not compared as numbers. Both models are given the
// decisions of the first, and compared by what they decide by, and by what they make of the decisions.
type Decisions struct {
	results  []side[string] // values that hold decisions
	operands []side[string] // floating-point values that are decided by, constants too
	elems    []tensor.Type  // of the results
	floats   []tensor.Type  // of the operands
	hidden   []string       // outputs that come of a decision which cannot be handed out, and operands that do
}

// FindDecisions finds the decisions that two models have in common. origin gives the value of the first that holds the same
// numbers as one of the second; nil where none is known to. What does not depend on the numbers of the inputs is left out.
//
// An If or a Loop in which something is decided is one decision as a whole, where the graphs in it are the same in both models. Where they
// are not, what comes of it is hidden: see [Decisions.Hide].
func FindDecisions(first, second *graph.Model, origin func(*graph.Value) *graph.Value) Decisions {
	f := decisionFinder{borders: findBorders(first, second, origin), known: shapes.Of(first.Graph), seen: map[string]bool{}, found: map[*graph.Node]bool{}}
	for n := range second.Graph.Nodes() {
		if m := f.counterpart(n); m != nil && f.decides(m) && f.same(m, n) && followsInput(m) {
			f.found[m] = f.add(m, n)
		}
	}
	f.hide(first.Graph)
	return f.Decisions
}

// decisionFinder finds the decisions of two models.
type decisionFinder struct {
	*borders
	Decisions
	known *shapes.Shapes       // of the first model
	seen  map[string]bool      // operands
	found map[*graph.Node]bool // nodes of the first model
}

// decides reports whether a node of the first model decides, or one in the graphs in it.
func (f *decisionFinder) decides(n *graph.Node) bool { return decides(n) || f.decidesInside(n) }

// decidesInside reports whether a graph in a node decides by numbers that are rounded.
func (f *decisionFinder) decidesInside(n *graph.Node) bool {
	for body := range n.Subgraphs() {
		for g := range body.All() {
			for inner := range g.Nodes() {
				for _, v := range inner.Inputs() {
					if elem := f.known.Elem(v); decides(inner) && v != nil && (elem.IsFloat() || elem == tensor.Undefined) {
						return true
					}
				}
			}
		}
	}
	return false
}

// same reports whether two nodes decide alike: the same operator with the same attributes, graphs and integers, such as the number of
// a TopK. What another node answers must not pass for a decision of the first.
func (f *decisionFinder) same(m, n *graph.Node) bool {
	if m.NumInputs() != n.NumInputs() || m.NumOutputs() != n.NumOutputs() {
		return false
	}
	same := matcher{f.borders, nil}
	for k := range n.NumOutputs() {
		if v, w := m.Output(k), n.Output(k); v != nil && w != nil && !same.operators(v, w) {
			return false
		}
	}
	for k, v := range m.Inputs() {
		was, is := v.Constant(), n.Input(k).Constant()
		if was != nil && is != nil && !was.Type().IsFloat() && !sameTensor(was, is) {
			return false
		}
	}
	return !f.rewrittenInside(n)
}

// rewrittenInside reports whether something was rewritten in a graph in a node of the second model.
func (f *decisionFinder) rewrittenInside(n *graph.Node) bool {
	for body := range n.Subgraphs() {
		for g := range body.All() {
			if slices.ContainsFunc(f.regions(), func(r *region) bool { return r.result.is.Graph() == g }) {
				return true
			}
		}
	}
	return false
}

// add takes in a decision, with the numbers that it is decided by. It reports whether all of it can be handed out.
func (f *decisionFinder) add(m, n *graph.Node) bool {
	rounded := false
	for _, v := range f.reads(m, n) {
		if !f.known.Elem(v.was).IsFloat() {
			continue
		}
		if rounded = true; !f.seen[v.was.Name()] {
			f.seen[v.was.Name()] = true
			f.operands, f.floats = append(f.operands, side[string]{v.was.Name(), v.is.Name()}), append(f.floats, f.known.Elem(v.was))
		}
	}
	if !rounded {
		return false
	}
	all := true
	for k := range m.NumOutputs() {
		v, w := m.Output(k), n.Output(k)
		switch {
		case v == nil || w == nil:
		case f.elem(v) == tensor.Undefined:
			all = false
		default:
			f.results, f.elems = append(f.results, side[string]{v.Name(), w.Name()}), append(f.elems, f.elem(v))
		}
	}
	return all
}

// elem is the element type of a result. That of an If, a Loop or a Scan is the one of what a graph in it hands out.
func (f *decisionFinder) elem(v *graph.Value) tensor.Type {
	if known := f.known.Elem(v); known != tensor.Undefined {
		return known
	}
	at := v.ProducerIndex()
	if v.Producer().Is("Loop") {
		at++ // after the condition
	}
	for body := range v.Producer().Subgraphs() {
		if out := body.Outputs(); at < len(out) && f.known.Elem(out[at]) != tensor.Undefined {
			return f.known.Elem(out[at])
		}
	}
	return tensor.Undefined
}

// reads is what two nodes read, and what the graphs in them read of the common values around.
func (f *decisionFinder) reads(m, n *graph.Node) []side[*graph.Value] {
	var list []side[*graph.Value]
	inputs := map[*graph.Value]bool{}
	for k, v := range m.Inputs() {
		if w := n.Input(k); v != nil && w != nil {
			inputs[v] = true
			list = append(list, side[*graph.Value]{v, w})
		}
	}
	for v := range operands(m) {
		if w := f.is[v]; w != nil && !inputs[v] {
			list = append(list, side[*graph.Value]{v, w})
		}
	}
	return list
}

// hide finds what comes of decisions in graphs that cannot be handed out.
func (f *decisionFinder) hide(g *graph.Graph) {
	hides := map[*graph.Node]bool{}
	for m := range g.Nodes() {
		if f.decidesInside(m) && !f.found[m] && followsInput(m) {
			hides[m] = true
		}
	}
	follows := func(v *graph.Value) bool {
		for n := range coneOf(v, func(*graph.Value) bool { return false }).nodes {
			if hides[n] {
				return true
			}
		}
		return false
	}
	for _, v := range g.Outputs() {
		if follows(v) {
			f.hidden = append(f.hidden, v.Name())
		}
	}
	for i, o := range f.operands {
		if v := g.Lookup(o.was); v != nil && follows(v) {
			f.hidden = append(f.hidden, decidedBy(i))
		}
	}
}

// Hide takes the outputs that are not equal, and come of decisions that cannot be handed out, out of a check: that they are equal is not
// shown, and as numbers they are not compared. It names them.
func (d Decisions) Hide(c *Check) []string {
	var names []string
	for i := range c.Outputs {
		if o := &c.Outputs[i]; !o.Equal && slices.Contains(d.hidden, o.Name) {
			o.Equal, o.Detail = true, "not shown: it comes of a decision inside an If or a Loop"
			names = append(names, o.Name)
		}
	}
	return names
}

// Any reports whether there are decisions.
func (d Decisions) Any() bool { return len(d.results) > 0 }

// decides reports whether the answer of a node jumps: a number that is moved by little can change it by much.
func decides(n *graph.Node) bool {
	switch n.OpType {
	case "ArgMax", "ArgMin", "TopK", "NonMaxSuppression", "Hardmax", "NonZero", "Unique",
		"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Sign",
		"Round", "Floor", "Ceil", "Mod", "QuantizeLinear", "DynamicQuantizeLinear", "ThresholdedRelu":
		return true
	case "Cast":
		to := tensor.Type(n.Int("to", 0))
		return to.IsInteger() || to == tensor.Bool
	}
	return false
}

// followsInput reports whether what a node computes depends on the numbers of an input, not on shapes alone.
func followsInput(n *graph.Node) bool {
	ofShape := func(v *graph.Value) bool { return v.Producer().Is("Shape") || v.Producer().Is("Size") }
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			for _, from := range coneOf(v, ofShape).inputs {
				if from.Producer() == nil || !ofShape(from) {
					return true
				}
			}
		}
	}
	return false
}

// Asked is a copy of one of the models that hands out its decisions: of the first for k = 0, of the second for k = 1.
func (d Decisions) Asked(k int, m *graph.Model) *graph.Model {
	c := m.Clone()
	c.Graph.SetOutputs()
	for i, r := range d.results {
		handOut(c.Graph, r.at(k), decisionName(i), d.elems[i])
	}
	return c
}

// Told is a copy of one of the models that takes the decisions as inputs. It hands out what they are made from, and the outputs
// that are no decisions.
func (d Decisions) Told(k int, m *graph.Model) *graph.Model {
	c := m.Clone()
	decided := map[string]bool{}
	for _, r := range d.results {
		decided[r.at(k)] = true
	}
	var outputs []*graph.Value
	for _, v := range c.Graph.Outputs() {
		if !decided[v.Name()] {
			outputs = append(outputs, v)
		}
	}
	c.Graph.SetOutputs(outputs...)
	for i, r := range d.results {
		given, err := c.Graph.AddInput(decisionName(i), graph.Type{Elem: d.elems[i]})
		if err == nil {
			graph.ReplaceAllUses(c.Graph.Lookup(r.at(k)), given)
		}
	}
	for i, o := range d.operands {
		handOut(c.Graph, o.at(k), decidedBy(i), d.floats[i])
	}
	return c
}

func decisionName(i int) string { return fmt.Sprintf("acdeploy/decision_%d", i) }

func decidedBy(i int) string { return fmt.Sprintf("acdeploy/decided_by_%d", i) }

// at is the first of both for k = 0, the second for k = 1.
func (s side[T]) at(k int) T {
	if k == 0 {
		return s.was
	}
	return s.is
}

// handOut makes a value an output of a graph, by another name.
func handOut(g *graph.Graph, value, as string, elem tensor.Type) {
	n := graph.NewNode("Identity", g.Lookup(value))
	out, err := g.AddValue(as)
	if err != nil {
		return // the model has a value of that name; it is not handed out
	}
	n.TakeOutput(out)
	out.SetType(graph.Type{Elem: elem})
	g.Append(n)
	g.AddOutput(out)
}

// Specs are what the copies of [Decisions.Told] hand out besides the outputs of the models.
func (d Decisions) Specs(outputs []tensor.Spec) []tensor.Spec {
	decided := map[string]bool{}
	for _, r := range d.results {
		decided[r.was] = true
	}
	var list []tensor.Spec
	for _, o := range outputs {
		if !decided[o.Name] {
			list = append(list, o)
		}
	}
	for i := range d.operands {
		list = append(list, tensor.Spec{Name: decidedBy(i), Type: d.floats[i]})
	}
	return list
}

// Give makes one session of two: asked hands out the decisions, and told is given them.
func Give(asked, told backends.Session) RunFunc {
	return func(ctx context.Context, in tensor.Map) (tensor.Map, error) {
		decisions, err := asked.Run(ctx, in)
		if err != nil {
			return nil, err
		}
		all := maps.Clone(in)
		maps.Copy(all, decisions)
		return told.Run(ctx, all)
	}
}

// Flips counts the decisions in which two models differ over some inputs, element by element. Decisions of other shapes count once.
func Flips(ctx context.Context, first, second backends.Session, inputs iter.Seq2[tensor.Map, error]) (int, error) {
	flips := 0
	for in, err := range inputs {
		if err != nil {
			return 0, err
		}
		a, err := first.Run(ctx, in)
		if err != nil {
			return 0, err
		}
		b, err := second.Run(ctx, in)
		if err != nil {
			return 0, err
		}
		for name, t := range a {
			flips += unlike(t, b[name])
		}
	}
	return flips, nil
}

// unlike counts the elements in which two tensors differ.
func unlike(a, b *tensor.Tensor) int {
	if b == nil || a.Len() != b.Len() || a.Type() == tensor.String {
		return 1
	}
	n := 0
	x, y := a.Numbers(), b.Numbers()
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n
}

// Decided judges the outputs of a check that are not equal by a check of the same models when both are given the decisions of
// the first. If that is equal, the models part by decisions alone, and by no more than rounding.
func (c *Check) Decided(told Check, flips int) {
	if !told.Equal() {
		return
	}
	var margin, limit Number
	for _, o := range told.Outputs {
		if o.MaxRel > margin {
			margin, limit = o.MaxRel, o.Tolerance
		}
	}
	for i := range c.Outputs {
		if o := &c.Outputs[i]; !o.Equal {
			o.Equal, o.Flips, o.Margin = true, flips, margin
			o.Detail = fmt.Sprintf("%d decisions flip: what they are made from differs by %.1e, the limit is %.1e", flips, float64(margin), float64(limit))
		}
	}
}
