package branches

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// Merge is a group that becomes one convolution, in place of its target.
type Merge struct {
	members group
	target  *member
	inPlace bool         // whether the target's layer becomes it
	input   *graph.Value // the image that it reads
	frame   linear.Frame // in which the sum has its result
	layer   emit.Layer
}

func planMerge(g group, frame linear.Frame) (Merge, *refusal.Refusal) {
	m := Merge{members: g, target: g.template(), frame: frame}
	if m.input, m.inPlace = g.input(); m.input == nil {
		return m, refusal.New(refusal.Misaligned, "no branch has %q as the image that it reads; transpose it once, for all branches", m.target.Input.Value.Name())
	}
	s := g.sum()
	union := s.Union()
	if why := emit.TooLarge(s, union, g.weights()); why != nil {
		return m, why
	}
	lowered, err := s.Lower(union)
	if err != nil {
		return m, refusal.New(refusal.Misaligned, "%v", err)
	}
	var why *refusal.Refusal
	m.layer, why = emit.PlanLayer(lowered, m.target.Layers[0])
	return m, why
}

// input is the image that the merged convolution reads, and whether it is there before the target, which then becomes the
// merged convolution.
func (g group) input() (*graph.Value, bool) {
	target := g.template()
	if v := target.Holds(); v != nil {
		return v, target.Target != nil
	}
	for _, m := range g {
		if v := m.Holds(); v != nil {
			return v, false
		}
	}
	return nil, false
}

// place is where the first member is among the addends.
func (m Merge) place() int { return m.members[0].place }

// apply makes the target compute the sum of all members, or a new convolution before the given node
// where no member can be the target, and returns the sum. What other members still compute is left for
// the caller to remove. An affine map after the target is in the plan, so the target's result is the sum.
func (m Merge) apply(before *graph.Node) *graph.Value {
	n := m.target.Target
	if m.inPlace {
		m.layer.Apply(n)
		n.SetInput(0, m.input)
		n.Output(0).Redefine()
	} else {
		n = m.layer.Build(m.target.Layers[0], m.input, before)
	}
	if perm, _ := m.frame.Perm(); len(perm) > 0 {
		return emit.Transpose(n.Output(0), perm, before)
	}
	return n.Output(0)
}

// String says what merged into what: "3 branches (3×3, 1×3, 3×1) merged into Conv conv1, 3×3".
func (m Merge) String() string {
	return fmt.Sprintf("%d branches (%s) merged into %s, %s",
		len(m.members), strings.Join(named(m.members.kinds()), ", "), m.target.label(), linear.KernelSize(m.layer.Kernel()))
}

// Branches is a word for each branch that merges.
func (m Merge) Branches() []string { return m.members.kinds() }

// Merges plans the merged convolutions of the tree, each value that addends are read over in turn. An addend
// that finds no company over one value may find it over the next.
func (t *Tree) Merges(allowCostlier bool) (found []Merge, refusals []pipeline.Refusal) {
	taken, left := map[*addend]bool{}, len(t.addends)
	order, readers := t.inputs()
	for _, v := range order {
		var g group
		for _, l := range readers[v] {
			t.visits++
			if r, ok := l.Over(v); ok && !taken[l] {
				g = append(g, &member{addend: l, Expression: r, word: l.kind(r), factor: t.factor(l)})
			}
		}
		if !g.worthwhile() {
			continue
		}
		merges, refused := g.merges(allowCostlier, t.known, t.frame)
		refusals = append(refusals, refused...)
		for _, m := range merges {
			for _, member := range m.members {
				taken[member.addend] = true
				left--
			}
		}
		found = append(found, merges...)
	}
	if t.root.Divisor != 1 && left > 0 {
		return nil, refusals // what stays of a mean would have to be divided
	}
	return found, refusals
}
