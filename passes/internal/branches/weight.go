package branches

import "github.com/acdeploy/acdeploy/internal/stencil"

// weight is what is known of a group to tell its cost. It grows by one member at a time, so that a group is never
// added up anew for each member that may join it.
type weight struct {
	extent  stencil.Extent
	members int
	layered bool // whether a member has a layer, which the merged convolution can be made of
	singles int  // the cost of the members one by one
}

// weigh is the weight of a group.
func weigh(g group) weight {
	var w weight
	for _, m := range g {
		w = w.with(m)
	}
	return w
}

// with is the weight of a group with one more member, which adds up to a stencil with the others.
func (w weight) with(m *member) weight {
	extent := m.sum.Extent()
	if w.members > 0 {
		extent = w.extent.Join(extent)
	}
	return weight{extent, w.members + 1, w.layered || len(m.Layers) > 0, stencil.Sum(w.singles, m.cost())}
}

// cost is the multiply-adds per position of the group as one convolution, or of its members one by one where they
// cannot be one.
func (w weight) cost() int {
	if w.members < 2 || !w.layered {
		return w.singles
	}
	return w.extent.Cost()
}
