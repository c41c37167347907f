package passes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// member is a leaf read over the value that its group shares.
type member struct {
	*leaf
	reading
	word   string  // what the leaf is, for people
	factor float64 // of the leaf in the sum
	sum    stencil.Stencil
	now    int // multiply-adds per output position that go when the member is merged
}

// label is how messages call the member.
func (m *member) label() string {
	if len(m.layers) > 0 {
		return m.layers[0].Label()
	}
	if len(m.nodes) > 0 {
		return m.nodes[0].Label()
	}
	return m.value.Name()
}

// cost is the multiply-adds per position that the member takes by itself: its convolutions, or else one
// for each output channel.
func (m *member) cost() int {
	if m.now > 0 {
		return m.now
	}
	return m.sum.Out
}

// group is the leaves that read one value.
type group []*member

// worthwhile reports whether there is something to merge: two leaves, or one that is added twice.
func (g group) worthwhile() bool {
	return len(g) > 1 || len(g) == 1 && g[0].plus+g[0].minus > 1 && g[0].host != nil
}

// merges plans the merged convolutions of the group.
func (g group) merges(allowCostlier bool, known *shapes.Shapes) ([]merge, []pipeline.Refusal) {
	ready, refusals := g.stencils(known)
	var found []merge
	for _, class := range ready.classes() {
		if !class.worthwhile() || class.template() == nil {
			continue
		}
		parts := partition(class, allowCostlier)
		for _, part := range parts {
			if !part.worthwhile() || part.template() == nil {
				continue
			}
			m, why := planMerge(part)
			if why != nil {
				refusals = append(refusals, part[0].refused(why))
				continue
			}
			found = append(found, m)
		}
		if len(parts) > 1 {
			refusals = append(refusals, class.costlier(parts))
		}
	}
	refusals = append(refusals, ready.misaligned()...)
	for i := range refusals {
		refusals[i].Branches = g.kinds()
	}
	return found, refusals
}

func (m *member) refused(why *refusal.Refusal) pipeline.Refusal {
	return pipeline.Refusal{Node: m.label(), Reason: why.Reason, Detail: why.Detail}
}

// stencils gives every member its stencil; those that have none are refused. Without a convolution
// there is nothing to merge into.
func (g group) stencils(known *shapes.Shapes) (group, []pipeline.Refusal) {
	first := g.template()
	if first == nil {
		return nil, nil
	}
	elem := first.layers[0].Input(1).Elem()
	told := first.reading
	if i := slices.IndexFunc(g, func(m *member) bool { return m.certain }); i >= 0 {
		told = g[i].reading
	} else if i := slices.IndexFunc(g, func(m *member) bool { return m.widens }); i >= 0 {
		told.widens = true
	}
	if i := slices.IndexFunc(g, func(m *member) bool { return m.channels > 0 }); told.channels == 0 && i >= 0 {
		told = g[i].reading
	}
	im, doubt := told.image(known)
	if im.channels == 0 {
		return nil, []pipeline.Refusal{first.refused(doubt)}
	}
	var ready group
	var refusals []pipeline.Refusal
	for _, m := range g {
		p, why := m.evaluate(im)
		if why == nil && m.widens {
			why = doubt
		}
		for _, n := range m.layers {
			if why == nil && n.Input(1).Elem() != elem {
				why = refusal.New(refusal.ElementType, "its weight is %s, that of %s is %s; export the model in one type", n.Input(1).Elem(), first.label(), elem)
			}
		}
		if why != nil {
			refusals = append(refusals, m.refused(why))
			continue
		}
		m.sum, m.now = p.Times(m.factor), p.cost
		ready = append(ready, m)
	}
	ready.fit(im.size)
	return ready, refusals
}

// fit makes members whose results differ in size for some images, but not for images of the given size,
// differ in no way.
func (g group) fit(size []int) {
	if size == nil || len(g.classes()) < 2 {
		return
	}
	for _, m := range g {
		m.sum = m.sum.Fitted(size)
	}
}

// template is the member whose convolution has the largest kernel, the first among equals; those that
// can become the merged convolution come before all others. Nil if the group has no convolution.
func (g group) template() *member {
	var best *member
	size := int64(-1)
	for _, m := range g {
		if len(m.layers) == 0 {
			continue
		}
		n := int64(0)
		if m.host != nil {
			n = 1
			for _, k := range m.host.Input(1).Data().Shape()[2:] {
				n *= k
			}
		}
		if n > size {
			best, size = m, n
		}
	}
	return best
}

// classes splits the group into members whose sum is a stencil.
func (g group) classes() []group {
	var classes []group
next:
	for _, m := range g {
		for i, c := range classes {
			if c[0].sum.Compatible(m.sum) == nil {
				classes[i] = append(c, m)
				continue next
			}
		}
		classes = append(classes, group{m})
	}
	return classes
}

// misaligned reports the members that have the group's value in common with a convolution but not
// its strides, sizes or channels.
func (g group) misaligned() []pipeline.Refusal {
	var out []pipeline.Refusal
	host := g.template()
	for _, c := range g.classes() {
		if len(c) > 1 || host == nil || c[0] == host {
			continue
		}
		if err := host.sum.Compatible(c[0].sum); err != nil {
			out = append(out, c[0].refused(refusal.New(refusal.Misaligned, "%s and %s have %v; branches merge where these are equal", host.label(), c[0].label(), err)))
		}
	}
	return out
}

// costlier reports that merging the whole class would cost more than its parts.
func (g group) costlier(parts []group) pipeline.Refusal {
	apart := totalCost(parts)
	return g.template().refused(refusal.New(refusal.Costlier,
		"one kernel for all %d branches would take %d multiply-adds per position, apart they take %d; allow_costlier overrides",
		len(g), g.cost(), apart))
}

// cost is the multiply-adds per position of the group as one convolution, or of its members one by one
// where they cannot be one.
func (g group) cost() int {
	if len(g) == 1 {
		return g[0].cost()
	}
	if g.template() == nil {
		return totalCost(singles(g))
	}
	s := g.sum()
	return s.Cost(s.Union())
}

func (g group) sum() stencil.Stencil {
	parts := make([]stencil.Stencil, len(g))
	for i, m := range g {
		parts[i] = m.sum
	}
	sum, err := stencil.Add(parts...)
	if err != nil {
		panic("passes: " + err.Error()) // members of a class are compatible
	}
	return sum
}

// merge is a group that becomes one convolution, in place of its host.
type merge struct {
	members group
	host    *member
	input   *graph.Value
	plan    emit.Layer
}

func planMerge(g group) (merge, *refusal.Refusal) {
	s := g.sum()
	union := s.Union()
	if why := emit.TooLarge(s, union, g.weights()); why != nil {
		return merge{}, why
	}
	lowered, err := s.Lower(union)
	if err != nil {
		return merge{}, refusal.New(refusal.Misaligned, "%v", err)
	}
	host := g.template()
	plan, why := emit.PlanLayer(lowered, host.layers[0])
	return merge{members: g, host: host, input: host.input, plan: plan}, why
}

// weights is the number of weights that the group has now.
func (g group) weights() int {
	total := 0
	for _, m := range g {
		for _, n := range m.layers {
			total += n.Input(1).Data().Len()
		}
	}
	return total
}

// place is where the first member stands among the leaves.
func (m merge) place() int { return m.members[0].place }

// apply makes the host compute the sum of all members, or a new convolution in front of the given node
// where no member can be the host, and returns the sum. What other members still compute is left for
// the caller to remove. An affine map behind the host is in the plan, so the host's result is the sum.
func (m merge) apply(before *graph.Node) *graph.Value {
	if m.host.host == nil {
		return m.plan.Build(m.host.layers[0], m.input, before).Output(0)
	}
	m.plan.Apply(m.host.host)
	m.host.host.SetInput(0, m.input)
	return m.host.host.Output(0)
}

// String says what merged into what: "3 branches (3×3, 1×3, 3×1) merged into Conv conv1, 3×3".
func (m merge) String() string {
	return fmt.Sprintf("%d branches (%s) merged into %s, %s",
		len(m.members), strings.Join(m.members.kinds(), ", "), m.host.label(), sizes(m.plan.Kernel()))
}

// kinds is a word for each member: its kernel, or what else it is.
func (g group) kinds() []string {
	kinds := make([]string, len(g))
	for i, m := range g {
		kinds[i] = m.word
	}
	return kinds
}
