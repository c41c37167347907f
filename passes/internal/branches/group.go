package branches

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// group is the addends that read one value.
type group []*member

// worthwhile reports whether there is something to merge: two addends, or one that is added twice.
func (g group) worthwhile() bool {
	return len(g) > 1 || len(g) == 1 && g[0].Plus+g[0].Minus > 1 && g[0].Target != nil
}

// merges plans the merged convolutions of the group.
func (g group) merges(allowCostlier bool, known *shapes.Shapes, frame linear.Frame) ([]Merge, []pipeline.Refusal) {
	ready, refusals := g.stencils(known)
	var found []Merge
	for _, class := range ready.classes() {
		if !class.worthwhile() || class.template() == nil {
			continue
		}
		parts := partition(class, allowCostlier)
		for _, part := range parts {
			if !part.worthwhile() || part.template() == nil {
				continue
			}
			m, why := planMerge(part, frame)
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
	kinds := named(g.kinds())
	for i := range refusals {
		refusals[i].Branches = kinds
	}
	return found, refusals
}

// stencils gives every member its stencil; those that have none are refused. Without a convolution
// there is nothing to merge into.
func (g group) stencils(known *shapes.Shapes) (group, []pipeline.Refusal) {
	first := g.template()
	if first == nil {
		return nil, nil
	}
	elem := first.Layers[0].Input(1).Elem()
	told := first.Expression
	if i := slices.IndexFunc(g, func(m *member) bool { return m.Certain }); i >= 0 {
		told = g[i].Expression
	} else if i := slices.IndexFunc(g, func(m *member) bool { return m.Widens }); i >= 0 {
		told.Widens = true
	}
	if i := slices.IndexFunc(g, func(m *member) bool { return m.Channels > 0 }); told.Channels == 0 && i >= 0 {
		told = g[i].Expression
	}
	im, doubt := told.Image(known)
	if im.Channels == 0 {
		return nil, []pipeline.Refusal{first.refused(doubt)}
	}
	var ready group
	var refusals []pipeline.Refusal
	for _, m := range g {
		p, why := m.Evaluate(im)
		if why == nil && m.Widens {
			why = doubt
		}
		for _, n := range m.Layers {
			if why == nil && n.Input(1).Elem() != elem {
				why = refusal.New(refusal.ElementType, "its weight is %s, and that of %s is %s; export the model in one type", n.Input(1).Elem(), first.label(), elem)
			}
		}
		if why != nil {
			refusals = append(refusals, m.refused(why))
			continue
		}
		m.sum, m.now = p.Times(m.factor), p.Now
		ready = append(ready, m)
	}
	ready.fit(im.Size)
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
		if len(m.Layers) == 0 {
			continue
		}
		n := int64(0)
		if m.Target != nil {
			n = 1
			for _, k := range m.Target.Input(1).Data().Shape()[2:] {
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
	places := map[string]int{}
	for _, m := range g {
		key := m.sum.Class()
		i, known := places[key]
		if !known {
			i = len(classes)
			places[key] = i
			classes = append(classes, nil)
		}
		classes[i] = append(classes[i], m)
	}
	return classes
}

// misaligned reports the members that have the group's value in common with a convolution but not
// its strides, sizes or channels.
func (g group) misaligned() []pipeline.Refusal {
	var out []pipeline.Refusal
	target := g.template()
	for _, c := range g.classes() {
		if len(c) > 1 || target == nil || c[0] == target {
			continue
		}
		if err := target.sum.Compatible(c[0].sum); err != nil {
			out = append(out, c[0].refused(refusal.New(refusal.Misaligned, "%s and %s have %v; branches merge only where these are equal", target.label(), c[0].label(), err)))
		}
	}
	return out
}

// costlier reports that merging the whole class would cost more than its parts.
func (g group) costlier(parts []group) pipeline.Refusal {
	apart := 0
	for _, p := range parts {
		apart = stencil.Sum(apart, weigh(p).cost())
	}
	return g.template().refused(refusal.New(refusal.Costlier,
		"one kernel for all %d branches would take %d multiply-adds per output position, and the separate branches take %d; set allow_costlier to merge them all the same",
		len(g), weigh(g).cost(), apart))
}

func (g group) sum() stencil.Stencil {
	parts := make([]stencil.Stencil, len(g))
	for i, m := range g {
		parts[i] = m.sum
	}
	sum, err := stencil.Add(parts...)
	if err != nil {
		panic("branches: " + err.Error()) // members of a class are compatible
	}
	return sum
}

// weights is the number of weights that the group has now.
func (g group) weights() int {
	total := 0
	for _, m := range g {
		for _, n := range m.Layers {
			total += n.Input(1).Data().Len()
		}
	}
	return total
}

// mostNamed is how many branches a message names.
const mostNamed = 64

// named shortens a long list of the kinds of branches.
func named(kinds []string) []string {
	if len(kinds) <= mostNamed {
		return kinds
	}
	return append(slices.Clone(kinds[:mostNamed-1]), fmt.Sprintf("%d more", len(kinds)-mostNamed+1))
}

// kinds is a word for each member: its kernel, or what else it is.
func (g group) kinds() []string {
	kinds := make([]string, len(g))
	for i, m := range g {
		kinds[i] = m.word
	}
	return kinds
}

// subset is the members whose bits are set.
func (g group) subset(set int) group {
	out := make(group, 0, bits.OnesCount(uint(set)))
	for i, m := range g {
		if set>>i&1 != 0 {
			out = append(out, m)
		}
	}
	return out
}
