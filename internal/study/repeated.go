package main

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Of an arm that is slower by the margin, so many measurements may pass the gate on the latency when one that fails is made once more:
// the level of the first, and at most that of both together.
const mostRepeated = stats.Alpha + stats.AlphaRepeated

// repeated is what the gate on the latency makes of an arm when a measurement that fails is made once more.
type repeated struct {
	pairs  int // measurements that have a second one
	first  int // pass at once
	second int // pass by both together
}

func (r repeated) share() share { return share{r.first + r.second, r.pairs} }

func (r *repeated) add(o repeated) {
	r.pairs, r.first, r.second = r.pairs+o.pairs, r.first+o.first, r.second+o.second
}

// repeats takes the measurements of an arm two by two, in the order in which they were made: the second stands for the one that a run
// makes once more. Measurements that their controls call invalid have no part, since a run does not repeat them.
func repeats(all []record, network, name string) repeated {
	var count repeated
	var first *arm
	for _, r := range all {
		if r.Part != partKnown || r.Network != network {
			continue
		}
		for _, a := range r.Arms {
			switch {
			case a.Name != name || a.Verdict == judge.Invalid:
			case first == nil:
				first = &a
			default:
				count.add(decide(*first, a, r.Setup.Margin))
				first = nil
			}
		}
	}
	return count
}

// decide is one pair under the rule of a run.
func decide(first, second arm, margin float64) repeated {
	require := judge.RequireEquivalent
	if require.Passes(first.Verdict) {
		return repeated{pairs: 1, first: 1}
	}
	both := arm{Ratios: append(append(first.Ratios[:0:0], first.Ratios...), second.Ratios...)}
	if require.Passes(both.alone(margin, stats.AlphaRepeated)) {
		return repeated{pairs: 1, second: 1}
	}
	return repeated{pairs: 1}
}

// repeats says what a second measurement changes.
func (p *page) repeats(all []record) {
	p.Line("## Once more where the gate fails")
	p.Line("")
	p.Line("`acdeploy run` measures once more where the gate on the latency fails, and judges both measurements together, at 95 %% instead of")
	p.Line("90 %%. Here the measurements of each arm are taken two by two, in the order in which they were made. The second one counts only where")
	p.Line("the first does not pass. An arm that is slower by the margin may pass in %.1f %% of the cases.", 100*mostRepeated)
	p.Line("")
	p.Head("arm", "pairs", "passed at once", "passed by both together", "interval", "target", "claim")
	for _, c := range []claim{
		{"itself", judge.Equivalent, 0.95, 1},
		{"+2 %", judge.Equivalent, 0, mostRepeated},
		{"+5 %", judge.Equivalent, 0, mostRepeated},
	} {
		var total repeated
		for _, network := range known() {
			total.add(repeats(all, network, c.arm))
		}
		s := total.share()
		i := s.interval()
		p.Row(c.arm, fmt.Sprint(total.pairs), fmt.Sprint(total.first), fmt.Sprint(total.second),
			fmt.Sprintf("%.1f–%.1f %%", 100*i.Low, 100*i.High), c.target(), c.fares(s))
	}
	p.Line("")
}
