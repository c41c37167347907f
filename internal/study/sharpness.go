package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// What the smallest supported margin is to be.
const (
	leastGain = 0.25  // of it, by pairs over blocks
	in30s     = 0.005 // where nothing else runs
	inAMinute = 0.003
	quiet     = 0.5 // runnable processes below which nothing else runs
)

// deltaOfBlocks is the smallest margin that the runs of an arm support when those of a block become one time before arms are compared.
func deltaOfBlocks(s *bench.Setting, arm int, margin float64) bench.Float {
	var units []float64
	for _, u := range s.Good() {
		var blocks []float64
		for _, b := range u.Blocks {
			blocks = append(blocks, math.Log(median(b.Wall[arm])/median(b.Wall[bench.Baseline])))
		}
		units = append(units, stats.Median(blocks))
	}
	return bench.Float(stats.Paired(units, margin, stats.Alpha).DeltaStar)
}

func median(ns []int64) float64 {
	x := make([]float64, len(ns))
	for i, n := range ns {
		x[i] = float64(n)
	}
	return max(1, stats.Median(x))
}

// alone is what the numbers of an arm say at a level, whatever the controls found.
func (a arm) alone(margin, alpha float64) judge.Verdict {
	d := make([]float64, len(a.Ratios))
	for i, r := range a.Ratios {
		d[i] = math.Log(float64(r))
	}
	v, _ := stats.Decide(stats.Paired(d, margin, alpha))
	return v
}

// undisturbed reports whether nothing else ran during a measurement.
func (r record) undisturbed() bool {
	load, err := strconv.ParseFloat(r.Load, 64)
	return err == nil && load < quiet && r.Steal == 0
}

// sharpness compares, on the same runs, what pairs of runs support with what the medians of blocks would.
func (p *page) sharpness(all []record) {
	p.Line("## How small a difference is seen?")
	p.Line("")
	p.Line("The ratio of a unit is the median over rounds of run over run of the baseline. The same runs could be made into one time for each")
	p.Line("block first, and blocks be compared. The table has the median of the smallest supported margin both ways, for the copy that is")
	p.Line("not slowed down, in measurements of one duration. Pairs are to support a margin that is smaller by a quarter.")
	p.Line("")
	p.Head("network", "measurements", "by blocks", "by pairs", "smaller by", "claim")
	for _, network := range known() {
		var blocks, pairs []float64
		for _, r := range all {
			for _, a := range r.Arms {
				if r.Part == partKnown && r.Network == network && a.Name == slowdowns()[0].name && a.Blocks > 0 {
					blocks, pairs = append(blocks, float64(a.Blocks)), append(pairs, float64(a.Delta))
				}
			}
		}
		if len(blocks) == 0 {
			continue
		}
		of, by := stats.Median(blocks), stats.Median(pairs)
		fares := "**fails**"
		if by <= (1-leastGain)*of {
			fares = "holds"
		}
		p.Row(network, fmt.Sprint(len(blocks)), stats.Percent(of), stats.Percent(by), fmt.Sprintf("%.0f %%", 100*(1-by/of)), fares)
	}
	p.Line("")
	p.undisturbed(all)
}

// undisturbed says what was supported where nothing else ran.
func (p *page) undisturbed(all []record) {
	p.Line("The goal is %s in 30 s and %s in a minute where the hypervisor takes no time and the load before is below %.1f.", stats.Percent(in30s), stats.Percent(inAMinute), quiet)
	counts := map[string]*share{}
	for _, r := range all {
		goal := map[string]float64{"30s": in30s, "1m0s": inAMinute}[r.Setup.Duration]
		if !r.undisturbed() || goal == 0 || r.Part == partNeighbour {
			continue
		}
		if counts[r.Setup.Duration] == nil {
			counts[r.Setup.Duration] = &share{}
		}
		s := counts[r.Setup.Duration]
		if s.n++; float64(r.Control) <= goal {
			s.k++
		}
	}
	for _, duration := range []string{"30s", "1m0s"} {
		if s := counts[duration]; s != nil {
			p.Line("It was met by the control in %d of %d measurements of %s.", s.k, s.n, duration)
		}
	}
	if len(counts) == 0 {
		p.Line("No measurement ran so undisturbed.")
	}
	p.Line("")
}
