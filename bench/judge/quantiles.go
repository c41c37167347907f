package judge

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Quantile is a quantile of an arm's runs, in nanoseconds, with bounds that each hold with a probability of
// 0.95. A bound is null where there were too few independent runs for it.
type Quantile struct {
	Q        bench.Float `json:"q"`         // share of the runs below it
	Estimate int64       `json:"estimate"`  // the latency at it
	Low      bench.Float `json:"low"`       // lower end of its interval
	High     bench.Float `json:"high"`      // upper end of its interval
	LowRank  int         `json:"low_rank"`  // of the bounds among the sorted runs, from 1
	HighRank int         `json:"high_rank"` // 0 where there is no bound
	ESS      bench.Float `json:"ess"`       // effective number of independent runs
}

// QuantileRatio compares a quantile of a candidate with the baseline's. The interval has a confidence of
// 0.9; its upper end is the bound of a gate. It is null where one of the arms has too few independent
// runs.
type QuantileRatio struct {
	Q      bench.Float    `json:"q"`      // share of the runs below it
	Ratio  bench.Float    `json:"ratio"`  // quantile of the candidate over that of the baseline
	CI     [2]bench.Float `json:"ci"`     // interval of the ratio
	Detail string         `json:"detail"` // why there is no interval, or what to make of it
}

// runs are those of an arm, a series for each unit.
func runs(units []bench.Unit, arm int) [][]float64 {
	series := make([][]float64, len(units))
	for i, u := range units {
		for _, b := range u.Blocks {
			series[i] = append(series[i], floats(b.Wall[arm])...)
		}
	}
	return series
}

// quantiles are those that are told of each arm.
func quantiles(series [][]float64) []Quantile {
	found := []Quantile{}
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99} {
		t := stats.EstimateQuantile(series, q)
		found = append(found, Quantile{
			Q: bench.Float(q), Estimate: nanoseconds(t.Estimate), Low: bench.Float(t.Low), High: bench.Float(t.High),
			LowRank: t.LowRank, HighRank: t.HighRank, ESS: bench.Float(t.ESS),
		})
	}
	return found
}

// fewForBootstrap is the number of units below which the bootstrap's interval is known to be narrow.
const fewForBootstrap = 20

// quantileRatios compare quantiles of all runs of a candidate with the baseline's. They are shown,
// and judge nothing but the gate on the p99.
func (j *judgement) quantileRatios(arm int) []QuantileRatio {
	base, candidate := runs(j.good, bench.Baseline), runs(j.good, arm)
	found := []QuantileRatio{}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		ess := min(stats.EstimateQuantile(base, q).ESS, stats.EstimateQuantile(candidate, q).ESS)
		ratio, i := stats.QuantileRatio(base, candidate, q, j.options.Seed)
		t := QuantileRatio{Q: bench.Float(q), Ratio: bench.Float(ratio), CI: interval(i)}
		switch need := stats.QuantileNeeds(q); {
		case ess < float64(need):
			t.CI = interval(stats.Everything())
			t.Detail = fmt.Sprintf("not assessed: %.0f independent runs, %d are needed", ess, need)
		case len(j.good) < fewForBootstrap:
			t.Detail = fmt.Sprintf("optimistic: the interval of %d units is too narrow, %d would do", len(j.good), fewForBootstrap)
		}
		found = append(found, t)
	}
	return found
}
