package bench

import (
	"fmt"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// Tail is a quantile of an arm's runs, in nanoseconds, with bounds that each hold with a probability of
// 0.95. A bound is null where there were too few independent runs for it.
type Tail struct {
	Q        Float `json:"q"`
	Estimate int64 `json:"estimate"`
	Low      Float `json:"low"`
	High     Float `json:"high"`
	LowRank  int   `json:"low_rank"`  // of the bounds among the sorted runs, from 1
	HighRank int   `json:"high_rank"` // 0 where there is no bound
	ESS      Float `json:"ess"`       // effective number of independent runs
}

// TailRatio compares a quantile of a candidate with the baseline's. The interval has a confidence of
// 0.9; its upper end is the bound of a gate. It is null where one of the arms has too few independent
// runs.
type TailRatio struct {
	Q      Float    `json:"q"`
	Ratio  Float    `json:"ratio"`
	CI     [2]Float `json:"ci"`
	Detail string   `json:"detail"` // why there is no interval, or what to make of it
}

// Dependence says how far the runs of an arm are from being independent.
type Dependence struct {
	Lag1 Float `json:"lag1"` // autocorrelation of neighbouring runs of the arm
	Tau  Float `json:"tau"`  // so many runs tell as much as one independent run
	ESS  Float `json:"ess"`  // effective number of independent runs
}

// quantiles are those that are told of each arm.
func quantiles() []float64 { return []float64{0.5, 0.9, 0.95, 0.99} }

// runs are those of an arm, a series for each unit.
func runs(units []unit, arm int) [][]float64 {
	series := make([][]float64, len(units))
	for i, u := range units {
		for _, b := range u.blocks {
			series[i] = append(series[i], floats(b.wall[arm])...)
		}
	}
	return series
}

func tails(series [][]float64) []Tail {
	found := []Tail{}
	for _, q := range quantiles() {
		t := stats.TailOf(series, q)
		found = append(found, Tail{
			Q: Float(q), Estimate: nanoseconds(t.Estimate), Low: Float(t.Low), High: Float(t.High),
			LowRank: t.LowRank, HighRank: t.HighRank, ESS: Float(t.ESS),
		})
	}
	return found
}

func dependence(series [][]float64) Dependence {
	d := stats.Depends(series)
	return Dependence{Float(d.Lag1), Float(d.Tau), Float(d.ESS)}
}

// fewForBootstrap is the number of units below which the bootstrap's interval is known to be narrow.
const fewForBootstrap = 20

// tailRatios compare the median and the tails of all runs of a candidate with the baseline's. They are shown,
// and judge nothing but the gate on the p99.
func (m *measurement) tailRatios(good []unit, arm int) []TailRatio {
	base, candidate := runs(good, baseline), runs(good, arm)
	found := []TailRatio{}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		ess := min(stats.TailOf(base, q).ESS, stats.TailOf(candidate, q).ESS)
		ratio, i := stats.TailRatio(base, candidate, q, m.job.Options.Seed)
		t := TailRatio{Q: Float(q), Ratio: Float(ratio), CI: interval(i)}
		switch need := stats.TailNeeds(q); {
		case ess < float64(need):
			t.CI = interval(stats.Everything())
			t.Detail = fmt.Sprintf("not assessed: %.0f independent runs, %d are needed", ess, need)
		case len(good) < fewForBootstrap:
			t.Detail = fmt.Sprintf("optimistic: the interval of %d units is too narrow, %d would do", len(good), fewForBootstrap)
		}
		found = append(found, t)
	}
	return found
}

// The lengths of memory from which it is warned.
const (
	blockTaus = 2   // a block should be so many times as long as runs remember
	muchLag   = 0.3 // autocorrelation of what should be independent
)

// independenceGate warns of blocks that are shorter than the memory of the runs, and of units or blocks
// that take after the one before.
func (m *measurement) independenceGate(good []unit) Gate {
	g := Gate{Name: GateIndependence, State: OK}
	if len(good) < 3 || len(good[0].blocks) == 0 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	tau := dependence(within(good)).Tau
	g.Detail = fmt.Sprintf("%.3g runs tell as much as one that is independent, a block has %d", float64(tau), m.plan.Runs)
	if float64(tau)*blockTaus > float64(m.plan.Runs) {
		g.State = Warn
		g.Detail += fmt.Sprintf("; blocks of %.0f runs or more would be better", float64(tau)*blockTaus)
	}
	for arm := range m.setting.arms {
		if arm == baseline {
			continue
		}
		d := logRatios(good, arm, m.time)
		if r := stats.Lag1(d); r > max(muchLag, stats.LagNoise(len(d))) {
			g.State = Warn
			g.Detail += fmt.Sprintf("; the units of %s take after the one before (%.2f)", m.setting.arms[arm].Name, r)
		}
		blocks := blockRatios(good, arm, m.time)
		if r := stats.Lag1(blocks...); r > max(muchLag, stats.LagNoise(len(blocks)*len(blocks[0]))) {
			g.State = Warn
			g.Detail += fmt.Sprintf("; the blocks of %s take after the one before (%.2f)", m.setting.arms[arm].Name, r)
		}
	}
	return g
}

// within are the runs of the baseline, each series about its own unit's mean, so that only what runs
// remember counts, and not what sets units apart.
func within(good []unit) [][]float64 {
	series := runs(good, baseline)
	for _, x := range series {
		middle := stats.Median(x)
		for i := range x {
			x[i] -= middle
		}
	}
	return series
}
