package main

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/acdeploy/acdeploy/internal/stats"
)

const (
	confidence   = 0.9  // of the intervals whose coverage is counted
	leastCovered = 0.86 // of all arms together
	mostCovered  = 0.94
	holmLevel    = 0.05 // that any arm is wrongly said to miss the confidence
)

// coverage is how often the interval of one arm held what is true of it.
type coverage struct {
	network, arm string
	share
}

// coverages counts the measurements that recorded the truth.
func coverages(all []record) []coverage {
	var list []coverage
	for _, network := range known() {
		for _, c := range slowdowns() {
			one := coverage{network: network, arm: c.name}
			for _, r := range all {
				for _, a := range r.Arms {
					if r.Part != partKnown || r.Network != network || a.Name != c.name {
						continue
					}
					if covered, known := a.covers(); known {
						one.n++
						if covered {
							one.k++
						}
					}
				}
			}
			if one.n > 0 {
				list = append(list, one)
			}
		}
	}
	return list
}

// p is the probability of a share at least as far from the confidence as this one, if the confidence is right: twice the smaller tail, as
// the interval of Clopper and Pearson has it.
func (c coverage) p() float64 {
	b := distuv.Binomial{N: float64(c.n), P: confidence}
	below, above := b.CDF(float64(c.k)), 1-b.CDF(float64(c.k)-1)
	return min(1, 2*min(below, above))
}

// missing are the arms whose intervals do not have the confidence that they claim, by Holm's step-down test over all arms.
//
// Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
func missing(list []coverage) []coverage {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b coverage) int { return cmp.Compare(a.p(), b.p()) })
	for i, c := range sorted {
		if c.p() > holmLevel/float64(len(sorted)-i) {
			return sorted[:i]
		}
	}
	return sorted
}

// coverage says how often the intervals held the truth, and how the claim fares.
func (p *page) coverage(all []record) {
	list := coverages(all)
	p.Line("## Do the intervals hold what is true?")
	p.Line("")
	p.Line("A copy that spins takes, in each run, as many times as long as without its spin, of which the clock is asked between the two.")
	p.Line("The log of that is put through the same medians as the estimate, and is the truth of the measurement. The interval should hold it in 90 %% of the")
	p.Line("measurements: no arm may miss that by Holm's test at 5 %%, and all arms together have to lie between 86 and 94 %%.")
	p.Line("A pause before a run changes how long it takes, so all copies pause as long as the slowest spins. Rows of before that tell no truth.")
	p.Line("")
	if len(list) == 0 {
		p.Line("No measurement has recorded it yet.")
		p.Line("")
		return
	}
	total := share{}
	p.Head("network, arm", "covered", "interval")
	for _, c := range list {
		i := c.interval()
		p.Row(c.network+", "+c.arm, fmt.Sprintf("%d of %d", c.k, c.n), fmt.Sprintf("%.0f–%.0f %%", 100*i.Low, 100*i.High))
		total.k, total.n = total.k+c.k, total.n+c.n
	}
	p.Line("")
	of := float64(total.k) / float64(total.n)
	verdict := "holds"
	if len(missing(list)) > 0 || of < leastCovered || of > mostCovered {
		verdict = "**fails**"
	}
	i := stats.Proportion(total.k, total.n, 0.95)
	p.Line("All together: %d of %d, %.1f %% (%.1f–%.1f %%); %d of %d arms miss 90 %%. The claim %s.",
		total.k, total.n, 100*of, 100*i.Low, 100*i.High, len(missing(list)), len(list), verdict)
	p.Line("")
}
