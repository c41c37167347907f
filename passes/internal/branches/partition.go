package branches

import (
	"math"
	"math/bits"

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
	weights := make([]weight, 1<<len(all))
	costs := make([]int, 1<<len(all))
	for set := 1; set < len(best); set++ {
		weights[set] = weights[set&(set-1)].with(all[bits.TrailingZeros(uint(set))])
		costs[set] = weights[set].cost()
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

// mostWeighed is how many groups are weighed for one branch where not every partition is.
const mostWeighed = 32

// partitionGreedily adds each branch to the group where it saves most, of the last ones that were begun, unless all
// together cost no more than what comes of that.
func partitionGreedily(all group) []group {
	var parts []group
	var weights []weight
	for _, m := range all {
		at, saved := -1, -1
		alone := weight{}.with(m).cost()
		for j := max(0, len(parts)-mostWeighed); j < len(parts); j++ {
			if s := weights[j].cost() + alone - weights[j].with(m).cost(); s > saved {
				at, saved = j, s
			}
		}
		if at < 0 {
			at, parts, weights = len(parts), append(parts, nil), append(weights, weight{})
		}
		parts[at], weights[at] = append(parts[at], m), weights[at].with(m)
	}
	whole, apart := weight{}, 0
	for _, m := range all {
		whole = whole.with(m)
	}
	for _, w := range weights {
		apart = stencil.Sum(apart, w.cost())
	}
	if whole.cost() <= apart {
		return []group{all}
	}
	return parts
}
