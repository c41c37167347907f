package absorb

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxSteps bounds how many nodes there may be between a map and its targets, and how many targets.
const maxSteps = 16

// tree is the way from a map to the targets that take it in, before it or after it. Concat, Split and sums make it branch and
// meet again. It is found first; then the labels go along it, and each node says what would change.
type tree struct {
	Map
	after  bool // the targets come after the map
	steps  map[*graph.Node]*step
	order  []*step
	values []*graph.Value // that hold other numbers after the fold
	uses   map[*graph.Value]int
	state  map[*graph.Value]mapped
	ready  []*step
	unsure bool // whether the map is certain not to give its value more numbers

	labels []string // of the targets
	edits  []func()
	adds   int
}

// step is a node on the way: a target, or an operator that is crossed.
type step struct {
	node   *graph.Node
	target target
	cross  *crossing
	waits  int // the values of which the labels must be there first
}

func newTree(m Map, after bool) *tree {
	return &tree{Map: m, after: after, steps: map[*graph.Node]*step{}, uses: map[*graph.Value]int{}, state: map[*graph.Value]mapped{}}
}

// add makes a node a step; false where there are too many.
func (t *tree) add(s *step) bool {
	t.steps[s.node] = s
	t.order = append(t.order, s)
	return len(t.order) <= maxSteps
}

// hasTarget reports whether a target was found.
func (t *tree) hasTarget() bool {
	return slices.ContainsFunc(t.order, func(s *step) bool { return s.target != nil })
}

// told is a refusal as it is told. A constant that is not one per channel, far from a convolution, has nothing to do with it, such
// as a table of positions: there is no target for it.
func (t *tree) told(why *refusal.Refusal) *refusal.Refusal {
	far := slices.ContainsFunc(t.order, func(s *step) bool { return s.cross != nil && (s.cross.branches || s.cross.computes) })
	if why != nil && why.Reason == refusal.NotChannel && far && !t.Node.Is("BatchNormalization") {
		return refusal.New(refusal.NoConvolution, "%s", why.Detail)
	}
	return why
}

// reads is what the operators on the way are read with.
func (t *tree) reads(n *graph.Node) reading { return reading{n, t.Known} }

// unchanged is the labels of a value that keeps its numbers.
func (t *tree) unchanged(v *graph.Value, like mapped) mapped {
	axes := t.reads(nil).axes(v)
	l := everywhere(still, axes)
	if axes == nil {
		l.open = inFront
	}
	return mapped{l, like.maps}
}

// through is the labels on the other side of one way through an operator.
func (t *tree) through(c *crossing, p part, m mapped) (mapped, *refusal.Refusal) {
	if c.lost || t.unsure && !p.keepsAxes() {
		return m, cannotBeFollowed(c.node.Label())
	}
	way := p.forward
	if !t.after {
		way = p.backward
	}
	l, ok := way(m.labels, m.join)
	if !ok {
		return m, cannotBeFollowed(c.node.Label())
	}
	if t.after && c.node.Is("Pad") { // what it pads with is read further on, unlike a number that nobody takes
		l.at = slices.Clone(l.at)
		for i, label := range l.at {
			if label == free {
				l.at[i] = still
			}
		}
	}
	return mapped{l, m.maps}, nil
}

// fits gives a target the maps of its channels.
func (t *tree) fits(to target, m mapped) (stencil.Affine, *refusal.Refusal) {
	axis := to.result()
	if t.after {
		axis = to.operand()
	}
	a, ok := m.onChannels(axis)
	if ok && t.unsure {
		count := m.count()
		ok = count == 1 || count == axis.Channels
	}
	if !ok {
		return a, t.Misfit(to.label())
	}
	return a, nil
}

// take notes what a target becomes.
func (t *tree) take(to target, made change) {
	t.labels = append(t.labels, to.label())
	t.edits = append(t.edits, made.apply)
	t.adds += made.adds
}

// change notes what an operator on the way becomes.
func (t *tree) change(edit func()) {
	if edit != nil {
		t.edits = append(t.edits, edit)
	}
}

// run sends the labels from the map along the way.
func (t *tree) run(process func(*step) *refusal.Refusal) *refusal.Refusal {
	for len(t.ready) > 0 {
		s := t.ready[0]
		t.ready = t.ready[1:]
		if why := process(s); why != nil {
			return why
		}
	}
	if t.adds > 0 && (t.adds > 1 || !t.Node.Is("BatchNormalization")) {
		return refusal.New(refusal.NoConvolution, "%s has no bias to add the constant to", strings.Join(t.labels, ", "))
	}
	return nil
}

// fold is the change as a whole.
func (t *tree) fold() Fold {
	return Fold{Target: strings.Join(t.labels, ", "), Apply: func() {
		for _, v := range t.values {
			v.Redefine()
		}
		for _, edit := range t.edits {
			edit()
		}
		graph.ReplaceAllUses(t.Node.Output(0), t.Node.Input(t.Operand))
		emit.Remove(t.Node)
	}}
}
