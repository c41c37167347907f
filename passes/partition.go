package passes

// mostForAll is the number of branches up to which every partition is tried: 4,140 for eight.
const mostForAll = 8

// partition splits branches into the groups that are cheapest when each becomes one convolution. Of
// equally cheap ones it takes the one with the fewest groups.
func partition(all group, allowCostlier bool) []group {
	if allowCostlier {
		return []group{all}
	}
	if len(all) > mostForAll {
		return partitionGreedily(all)
	}
	best, bestCost := []group{all}, all.cost()
	var parts []group
	var visit func(i, cost int)
	visit = func(i, _ int) {
		if i == len(all) {
			if c := totalCost(parts); c < bestCost || c == bestCost && len(parts) < len(best) {
				best, bestCost = clonePartition(parts), c
			}
			return
		}
		for j := range parts {
			parts[j] = append(parts[j], all[i])
			visit(i+1, 0)
			parts[j] = parts[j][:len(parts[j])-1]
		}
		parts = append(parts, group{all[i]})
		visit(i+1, 0)
		parts = parts[:len(parts)-1]
	}
	visit(0, 0)
	return best
}

// partitionGreedily adds each branch to the group where it saves most, the widest kernels first in
// line as they stand.
func partitionGreedily(all group) []group {
	if all.cost() <= totalCost(singles(all)) {
		return []group{all}
	}
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
		sum += p.cost()
	}
	return sum
}

func clonePartition(parts []group) []group {
	out := make([]group, len(parts))
	for i, p := range parts {
		out[i] = append(group{}, p...)
	}
	return out
}
