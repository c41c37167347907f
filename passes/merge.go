package passes

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
)

// member is a leaf read over the value that its group shares.
type member struct {
	*leaf
	reading
	sum stencil.Stencil // with the leaf's sign
}

// label is how messages call the member.
func (m *member) label() string {
	if m.conv != nil {
		return m.conv.Label()
	}
	if len(m.nodes) > 0 {
		return m.nodes[0].Label()
	}
	return m.value.Name()
}

// cost is the multiply-adds per position that the member takes by itself.
func (m *member) cost() int {
	if m.conv == nil {
		return m.sum.Out
	}
	return m.sum.Cost(stencil.Geometry{Kernel: m.sum.Terms[0].Size})
}

// group is the leaves that read one value.
type group []*member

// merges plans the merged convolutions of the group.
func (g group) merges(allowCostlier bool) ([]merge, []pipeline.Refusal) {
	ready, refusals := g.stencils()
	var found []merge
	for _, class := range ready.classes() {
		if len(class) < 2 || class.host() == nil {
			continue
		}
		parts := partition(class, allowCostlier)
		for _, part := range parts {
			if len(part) < 2 || part.host() == nil {
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

func (m *member) refused(why *refusal) pipeline.Refusal {
	return pipeline.Refusal{Node: m.label(), Reason: why.reason, Detail: why.detail}
}

// stencils gives every member its stencil; those that have none are refused. Without a convolution
// there is nothing to merge into.
func (g group) stencils() (group, []pipeline.Refusal) {
	host := g.host()
	if host == nil {
		return nil, nil
	}
	first, why := host.stencil(0, 0)
	if why != nil {
		return nil, []pipeline.Refusal{host.refused(why)}
	}
	elem := host.conv.Input(1).Elem()
	var ready group
	var refusals []pipeline.Refusal
	for _, m := range g {
		s, why := m.stencil(first.In, first.Axes())
		if why == nil && s.Axes() != first.Axes() {
			why = refuse(Misaligned, "it has %d spatial axes, %s has %d", s.Axes(), host.label(), first.Axes())
		}
		if why == nil && m.conv != nil && m.conv.Input(1).Elem() != elem {
			why = refuse(ElementType, "its weight is %s, that of %s is %s", m.conv.Input(1).Elem(), host.label(), elem)
		}
		if why == nil {
			if err := s.Visible(); err != nil {
				why = refuse(Misaligned, "%v", err)
			}
		}
		if why != nil {
			refusals = append(refusals, m.refused(why))
			continue
		}
		if m.negative {
			s = s.Negate()
		}
		m.sum = s
		ready = append(ready, m)
	}
	return ready, refusals
}

// host is the convolution of the group with the largest kernel, the first among equals; nil if there
// is none.
func (g group) host() *member {
	var best *member
	size := int64(-1)
	for _, m := range g {
		if m.conv == nil || m.conv.Input(1).Data() == nil {
			continue
		}
		n := int64(1)
		for _, k := range m.conv.Input(1).Data().Shape()[2:] {
			n *= k
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
	host := g.host()
	for _, c := range g.classes() {
		if len(c) > 1 || host == nil || c[0] == host {
			continue
		}
		if err := host.sum.Compatible(c[0].sum); err != nil {
			out = append(out, c[0].refused(refuse(Misaligned, "%s and %s have %v", host.label(), c[0].label(), err)))
		}
	}
	return out
}

// costlier reports that merging the whole class would cost more than its parts.
func (g group) costlier(parts []group) pipeline.Refusal {
	apart := 0
	for _, p := range parts {
		apart += p.cost()
	}
	return g.host().refused(refuse(Costlier,
		"one kernel for all %d branches would take %d multiply-adds per position, apart they take %d; allow_costlier overrides",
		len(g), g.cost(), apart))
}

// cost is the multiply-adds per position of the group as one convolution.
func (g group) cost() int {
	if len(g) == 1 {
		return g[0].cost()
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
	plan    convPlan
}

// maxTaps bounds a merged kernel where allow_costlier lifts the rule of costs.
const maxTaps = 1 << 16

func planMerge(g group) (merge, *refusal) {
	s := g.sum()
	union := s.Union()
	if taps := stencil.Taps(union); taps > maxTaps {
		return merge{}, refuse(Unsupported, "the merged kernel would have %d taps", taps)
	}
	lowered, err := s.Lower(union)
	if err != nil {
		return merge{}, refuse(Misaligned, "%v", err)
	}
	host := g.host()
	elem := host.conv.Input(1).Elem()
	plan, why := planConv(lowered, elem)
	return merge{members: g, host: host, input: host.input, plan: plan}, why
}

// place is where the first member stands among the leaves.
func (m merge) place() int { return m.members[0].place }

// apply makes the host compute the sum of all members. What other members still compute is left for
// the caller to remove. An affine map behind the host is in the plan, so the host's result is the sum.
func (m merge) apply() {
	m.plan.apply(m.host.conv)
	m.host.conv.SetInput(0, m.input)
}

// String says what merged into what: "3 branches (3×3, 1×3, 3×1) merged into Conv conv1, 3×3".
func (m merge) String() string {
	return fmt.Sprintf("%d branches (%s) merged into %s, %s",
		len(m.members), strings.Join(m.members.kinds(), ", "), m.host.label(), sizes(m.plan.conv.Kernel))
}

// kinds is a word for each member: its kernel, or what else it is.
func (g group) kinds() []string {
	kinds := make([]string, len(g))
	for i, m := range g {
		kinds[i] = m.kind()
	}
	return kinds
}

func (m *member) kind() string {
	switch {
	case m.conv != nil && len(m.sum.Terms) == 0: // it could not be read
		return m.conv.OpType
	case m.conv != nil:
		return sizes(m.sum.Terms[0].Size)
	case len(m.nodes) > 0:
		return m.nodes[0].OpType
	}
	return "identity"
}

func sizes(list []int) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, "×")
}
