package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// claim is what a user relies on, for an arm of known ratio.
type claim struct {
	arm     string
	verdict judge.Verdict
	least   float64 // share of the measurements that say so; 0 for none
	most    float64 // 1 for none
}

func claims() []claim {
	return []claim{
		{"itself", judge.Equivalent, 0.95, 1},
		{"+2 %", judge.Equivalent, 0, 0.05},
		{"+5 %", judge.Slower, 0.95, 1},
	}
}

func (c claim) target() string {
	if c.least > 0 {
		return fmt.Sprintf("at least %.0f %%", 100*c.least)
	}
	return fmt.Sprintf("at most %.3g %%", 100*c.most)
}

// fares says how a claim fares: it is shown when the whole interval meets the target, and fails when none
// of it does.
func (c claim) fares(s share) string {
	switch i := s.interval(); {
	case i.High < c.least || i.Low > c.most:
		return "**fails**"
	case i.Low >= c.least && i.High <= c.most:
		return "shown"
	}
	return "not refuted"
}

// render writes the page.
func render(all []record) string {
	p := &page{}
	p.Line("# What a verdict is worth")
	p.Line("")
	p.Line("Written by `make verdict-study` from [verdict-study.jsonl](verdict-study.jsonl), which keeps every measurement.")
	p.Line("")
	p.setups(all)
	p.Line("## Arms whose ratio is known")
	p.Line("")
	p.Line("In each measurement the baseline is compared with one more copy of itself and with copies that spin, after each run, for a")
	p.Line("share of what that run took. The margin is 2 %%. A claim is shown when all of the 95 %% interval (Clopper and Pearson) of the share meets its")
	p.Line("target, fails when none of it does, and is not refuted in between. Invalid measurements count like the others. The")
	p.Line("interval takes measurements for independent, though they were made on one machine, one after the other.")
	p.Line("")
	p.claims(all)
	p.verdicts(all)
	p.ratios(all)
	p.repeats(all)
	p.coverage(all)
	p.sharpness(all)
	p.neighbours(all)
	p.Line("## Each network once, with defaults but for the duration of the largest")
	p.Line("")
	p.networks(all)
	return p.String()
}

// page is the page of the study.
type page struct{ ledger.Page }

// setups tells under which conditions how many measurements were made.
func (p *page) setups(all []record) {
	var seen []setup
	number := map[setup]int{}
	for _, r := range all {
		s := r.Setup
		s.Duration = "" // the parts differ in it
		if number[s] == 0 {
			seen = append(seen, s)
		}
		number[s]++
	}
	for _, s := range seen {
		p.Line("- %d measurements: %s, Linux %s, on processors %s, %s, acdeploy %s.", number[s], s.CPU, s.Kernel, s.Affinity, s.Engine, s.Program)
		if s.Note != "" {
			p.Line("  %s", s.Note)
		}
	}
	p.Line("")
}

func (p *page) claims(all []record) {
	p.Head(append([]string{"arm", "verdict", "target"}, append(known(), "all", "interval", "claim")...)...)
	for _, c := range claims() {
		cells := []string{c.arm, string(c.verdict), c.target()}
		for _, network := range append(known(), "") {
			s := count(all, network, c.arm, c.verdict)
			cells = append(cells, fmt.Sprintf("%d of %d", s.k, s.n))
		}
		s := count(all, "", c.arm, c.verdict)
		i := s.interval()
		p.Row(append(cells, fmt.Sprintf("%.1f–%.1f %%", 100*i.Low, 100*i.High), c.fares(s))...)
	}
	p.Line("")
}

// verdicts are all that can be said of an arm.
func verdicts() []judge.Verdict {
	return []judge.Verdict{judge.Equivalent, judge.Slower, judge.Faster, judge.NotShown, judge.Invalid}
}

// verdicts counts all that was said.
func (p *page) verdicts(all []record) {
	cells := []string{"network, arm"}
	for _, v := range verdicts() {
		cells = append(cells, string(v))
	}
	p.Head(cells...)
	for _, network := range known() {
		for _, c := range slowdowns() {
			cells := []string{network + ", " + c.name}
			for _, v := range verdicts() {
				cells = append(cells, fmt.Sprint(count(all, network, c.name, v).k))
			}
			p.Row(cells...)
		}
	}
	p.Line("")
	lost, units, restless, failed := 0, 0, 0, map[string]int{}
	for _, r := range all {
		lost, units, restless = lost+r.Failures, units+r.Units, restless+r.Restless
		for _, gate := range r.Failed {
			failed[gate]++
		}
	}
	p.Line("In all %d measurements together, %d attempts at a unit were lost, and %d of %d units did not settle in their warm-up.",
		len(all), lost, restless, units)
	p.Line("Gates that failed: %s.", listed(failed))
	p.Line("")
}

func listed(counts map[string]int) string {
	if len(counts) == 0 {
		return "none"
	}
	var parts []string
	for name, n := range counts {
		parts = append(parts, fmt.Sprintf("%s in %d", name, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// ratios compares what was estimated with what was true.
func (p *page) ratios(all []record) {
	p.Line("How far the estimates lie from the truth: the mean and the standard deviation of the estimated ratio over the")
	p.Line("measurements, and the median of the smallest supported margin. A copy takes a little more than the share that it is named after.")
	p.Line("")
	p.Head("network, arm", "mean", "sd", "least", "most", "median ±Δ*")
	for _, network := range known() {
		for _, c := range slowdowns() {
			var ratios, deltas []float64
			for _, r := range all {
				for _, a := range r.Arms {
					if r.Part != partKnown || r.Network != network || a.Name != c.name || math.IsNaN(float64(a.Ratio)) {
						continue // what lost its units has no ratio
					}
					ratios, deltas = append(ratios, float64(a.Ratio)), append(deltas, float64(a.Delta))
				}
			}
			if len(ratios) < 2 {
				continue
			}
			mean, sd := stat.MeanStdDev(ratios, nil)
			p.Row(network+", "+c.name, fmt.Sprintf("%.4f", mean), fmt.Sprintf("%.4f", sd),
				fmt.Sprintf("%.4f", slices.Min(ratios)), fmt.Sprintf("%.4f", slices.Max(ratios)),
				fmt.Sprintf("%.2f %%", 100*stats.Median(deltas)))
		}
	}
	p.Line("")
}

func (p *page) networks(all []record) {
	p.Head("network", "duration", "baseline", "fused/baseline", "verdict", "as trained/baseline", "verdict", "control ±Δ*")
	for _, r := range all {
		if r.Part != partNetworks {
			continue
		}
		cells := []string{r.Network, r.Setup.Duration, fmt.Sprintf("%.3g ms", float64(r.Baseline)/1e6)}
		for _, name := range []string{nameFused, nameTrained} {
			i := slices.IndexFunc(r.Arms, func(a arm) bool { return a.Name == name })
			if i < 0 || math.IsNaN(float64(r.Arms[i].Ratio)) {
				cells = append(cells, "–", "–")
				continue
			}
			a := r.Arms[i]
			cells = append(cells, fmt.Sprintf("%.4f [%.4f, %.4f]", float64(a.Ratio), float64(a.CI[0]), float64(a.CI[1])), string(a.Verdict))
		}
		p.Row(append(cells, fmt.Sprintf("%.2f %%", 100*float64(r.Control)))...)
	}
}
