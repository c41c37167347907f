package branches

import (
	"math"

	"github.com/acdeploy/acdeploy/internal/stencil"
)

// mostForAll is the number of branches up to which every partition is weighed.
const mostForAll = 10

// partition splits branches into the groups that are cheapest when each becomes one convolution. Of
// equally cheap ones it takes the one with the fewest groups.
func partition(all group, allowCostlier bool) []group {
	switch {
	case allowCostlier:
		return []group{all}
	case len(all) > mostForAll:
		return partitionGreedily(all)
	}
	// best[set] is the cheapest partition of a set of branches: the part that holds its first branch, and
	// the best partition of the rest.
	type choice struct{ cost, parts, part int }
	best := make([]choice, 1<<len(all))
	costs := make([]int, 1<<len(all))
	for set := 1; set < len(best); set++ {
		costs[set] = all.subset(set).cost()
		best[set].cost = math.MaxInt
		first := set & -set
		rest := set ^ first
		for others := rest; ; others = (others - 1) & rest {
			part := others | first
			left := best[set^part]
			c := choice{stencil.Sum(costs[part], left.cost), left.parts + 1, part}
			if c.cost < best[set].cost || c.cost == best[set].cost && c.parts < best[set].parts {
				best[set] = c
			}
			if others == 0 {
				break
			}
		}
	}
	var parts []group
	for set := len(best) - 1; set != 0; set ^= best[set].part {
		parts = append(parts, all.subset(best[set].part))
	}
	return parts
}

// partitionGreedily adds each branch to the group where it saves most, unless all together cost no more
// than what comes of that.
func partitionGreedily(all group) []group {
	var parts []group
	for _, m := range all {
		at, saved := -1, -1
		for j, p := range parts {
			joined := append(append(group{}, p...), m)
			if s := p.cost() + m.cost() - joined.cost(); s > saved {
				at, saved = j, s
			}
		}
		if at < 0 {
			parts = append(parts, group{m})
			continue
		}
		parts[at] = append(parts[at], m)
	}
	if all.cost() <= totalCost(parts) {
		return []group{all}
	}
	return parts
}

func singles(all group) []group {
	parts := make([]group, len(all))
	for i, m := range all {
		parts[i] = group{m}
	}
	return parts
}

func totalCost(parts []group) int {
	sum := 0
	for _, p := range parts {
		sum = stencil.Sum(sum, p.cost())
	}
	return sum
}
