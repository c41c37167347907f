// Package mutant makes small faults in a graph, such as a wrong pass would make, so that tests can ask whether a proof
// notices them.
//
//	layer     all weights of a layer × (1 ± ε)
//	channel   the weights of one output channel × (1 ± ε)
//	bias      the bias of a layer is left out
//	tap       the weights of a kernel move by one place
//	swap      two output channels of a weight change places
//	relu      a Relu is left out
//	pad       a convolution pads one side by one more, and the other by one less
//
// [File.Structured] makes odd files of a model's: fields are dropped, repeated, exchanged, changed or taken from other files.
package mutant

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Kind is what a mutant does.
type Kind string

// The kinds.
const (
	Layer   Kind = "layer"
	Channel Kind = "channel"
	Bias    Kind = "bias"
	Tap     Kind = "tap"
	Swap    Kind = "swap"
	Relu    Kind = "relu"
	Pad     Kind = "pad"
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Layer, Channel, Bias, Tap, Swap, Relu, Pad} }

// Mutant is one fault.
type Mutant struct {
	Kind  Kind
	Node  string // whose label it is
	apply func()
}

// Apply makes the fault in the graph that the mutant was drawn from.
func (m Mutant) Apply() { m.apply() }

// String names the fault.
func (m Mutant) String() string { return fmt.Sprintf("%s of %s", m.Kind, m.Node) }

// Draw draws a fault of a kind, also within sub-graphs; false where the graph has no place for one, or where it would change no number. Weights change
// by the factor 1 ± epsilon.
func Draw(g *graph.Graph, kind Kind, epsilon float64, rng *rand.Rand) (Mutant, bool) {
	var nodes []*graph.Node
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if fits(n, kind) {
				nodes = append(nodes, n)
			}
		}
	}
	for _, k := range rng.Perm(len(nodes)) {
		if apply := plan(nodes[k], kind, epsilon, rng); apply != nil {
			return Mutant{kind, nodes[k].Label(), apply}, true
		}
	}
	return Mutant{}, false
}

// fits reports whether a node may have a fault of a kind.
func fits(n *graph.Node, kind Kind) bool {
	switch kind {
	case Relu:
		return n.Is("Relu") && !n.Output(0).IsOutput()
	case Pad:
		return n.Is("Conv") && len(n.Ints("pads")) >= 2
	case Tap:
		return n.Is("Conv") && constant(n, 1) != nil && constant(n, 1).Rank() > 2
	case Bias:
		return (n.Is("Conv") || n.Is("Gemm")) && constant(n, 2) != nil
	}
	return (n.Is("Conv") || n.Is("Gemm")) && constant(n, 1) != nil
}

func constant(n *graph.Node, i int) *tensor.Tensor {
	if t := n.Input(i).Constant(); t != nil && t.Type().IsFloat() && t.Len() > 0 {
		return t
	}
	return nil
}

// plan prepares a fault; nil where it would change nothing.
func plan(n *graph.Node, kind Kind, epsilon float64, rng *rand.Rand) func() {
	switch kind {
	case Relu:
		return func() {
			graph.ReplaceAllUses(n.Output(0), n.Input(0))
			n.Graph().Remove(n)
		}
	case Pad:
		pads := slices.Clone(n.Ints("pads"))
		axis := rng.IntN(len(pads) / 2)
		if pads[axis+len(pads)/2] == 0 {
			return nil
		}
		pads[axis]++
		pads[axis+len(pads)/2]--
		return func() { n.SetAttr(graph.IntsAttr("pads", pads...)) }
	case Bias:
		return set(n, 2, func(v []float64) { clear(v) })
	case Tap:
		return set(n, 1, func(v []float64) { copy(v, append(slices.Clone(v[1:]), v[0])) })
	}
	factor := 1 + epsilon
	if rng.IntN(2) == 0 {
		factor = 1 - epsilon
	}
	t := constant(n, 1)
	rows := int(t.Shape()[0])
	if n.Is("Gemm") && n.Int("transB", 0) == 0 {
		rows = 1 // the channels are columns there, and any part will do
	}
	width := t.Len() / rows
	row := rng.IntN(rows)
	part := func(v []float64, k int) []float64 { return v[k*width : (k+1)*width] }
	switch kind {
	case Channel:
		return set(n, 1, func(v []float64) { scale(part(v, row), factor) })
	case Swap:
		return set(n, 1, func(v []float64) {
			other := (row + 1) % rows
			first := slices.Clone(part(v, row))
			copy(part(v, row), part(v, other))
			copy(part(v, other), first)
		})
	}
	return set(n, 1, func(v []float64) { scale(v, factor) })
}

func scale(v []float64, by float64) {
	for i := range v {
		v[i] *= by
	}
}

// set prepares another constant; nil where no number of it would change.
func set(n *graph.Node, i int, change func(v []float64)) func() {
	t := constant(n, i)
	was := t.Float64s()
	now := slices.Clone(was)
	change(now)
	if slices.EqualFunc(was, now, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
		return nil
	}
	changed := tensor.Compute(t.Type(), t.Shape(), tensor.Vector(now))
	return func() { put(n, i, changed) }
}

// put gives a node another constant, by the name of the one that it had unless that is still in use.
func put(n *graph.Node, i int, t *tensor.Tensor) {
	g, was := n.Graph(), n.Input(i)
	is := g.NewInitializer(was.Name(), t)
	n.SetInput(i, is)
	if name := was.Name(); was.IsInitializer() && was.Graph() == g && !was.IsInput() && !was.Used() {
		g.RemoveInitializer(was)
		is.Rename(name)
	}
}
