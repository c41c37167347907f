package judge

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Dependence says how far the runs of an arm are from being independent.
type Dependence struct {
	Lag1 bench.Float `json:"lag1"` // autocorrelation of neighbouring runs of the arm
	Tau  bench.Float `json:"tau"`  // so many runs tell as much as one independent run
	ESS  bench.Float `json:"ess"`  // effective number of independent runs
}

func dependence(series [][]float64) Dependence {
	d := stats.Depends(series)
	return Dependence{bench.Float(d.Lag1), bench.Float(d.Tau), bench.Float(d.ESS)}
}

// The lengths of memory from which it is warned.
const (
	blockTaus = 2   // a block should be so many times as long as runs remember
	muchLag   = 0.3 // autocorrelation of what should be independent
)

// independenceControl warns of blocks that are shorter than the memory of the runs, and of units or blocks
// that take after the one before.
func (j *judgement) independenceControl() Control {
	g := Control{Name: ControlIndependence, State: OK}
	if len(j.good) < 3 || len(j.good[0].Blocks) == 0 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	tau := dependence(within(j.good)).Tau
	g.Detail = fmt.Sprintf("%.3g runs tell as much as one that is independent, a block has %d", float64(tau), j.setting.Schedule.Runs)
	if float64(tau)*blockTaus > float64(j.setting.Schedule.Runs) {
		g.State = Warn
		g.Detail += fmt.Sprintf("; blocks of %.0f runs or more would be better", float64(tau)*blockTaus)
	}
	for arm := range j.setting.Arms {
		if arm == bench.Baseline {
			continue
		}
		d := j.logRatios(arm)
		if r := stats.Lag1(d); r > max(muchLag, stats.LagNoise(len(d))) {
			g.State = Warn
			g.Detail += fmt.Sprintf("; the units of %s take after the one before (%.2f)", j.setting.Arms[arm].Name, r)
		}
		blocks := make([][]float64, len(j.good))
		for i, u := range j.good {
			blocks[i] = blockRatios(j.statistic, wall(u, arm), wall(u, bench.Baseline))
		}
		if r := stats.Lag1(blocks...); r > max(muchLag, stats.LagNoise(len(blocks)*len(blocks[0]))) {
			g.State = Warn
			g.Detail += fmt.Sprintf("; the blocks of %s take after the one before (%.2f)", j.setting.Arms[arm].Name, r)
		}
	}
	return g
}

// within are the runs of the baseline, each series about its own unit's mean, so that only what runs
// remember counts, and not what sets units apart.
func within(good []bench.Unit) [][]float64 {
	series := runs(good, bench.Baseline)
	for _, x := range series {
		middle := stats.Median(x)
		for i := range x {
			x[i] -= middle
		}
	}
	return series
}
