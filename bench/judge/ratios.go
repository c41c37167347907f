package judge

import (
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// blockTime is one time of all runs of an arm in a block.
type blockTime func(b bench.Block, arm int) float64

// blockCPU is the mean time on the CPU of an arm's runs in one block; NaN where unavailable.
func blockCPU(b bench.Block, arm int) float64 {
	if b.CPU == nil || b.CPU[arm] <= 0 {
		return math.NaN()
	}
	return float64(b.CPU[arm]) / float64(len(b.Wall[arm]))
}

// paired are the log ratios of an arm's runs to those of another one, each to the run in the same round. Both stand next to each
// other there, so whatever slows a machine down for longer than that cancels.
func paired(arm, to []int64) []float64 {
	d := make([]float64, min(len(arm), len(to)))
	for i := range d {
		d[i] = math.Log(float64(max(1, arm[i])) / float64(max(1, to[i])))
	}
	return d
}

// logRatio is that of an arm to another one in a unit, whose blocks hold the runs of each.
func logRatio(statistic string, arm, to [][]int64) float64 {
	if statistic == StatisticTrimmed {
		return stats.Median(blockRatios(statistic, arm, to))
	}
	var rounds []float64
	for k := range arm {
		rounds = append(rounds, paired(arm[k], to[k])...)
	}
	return stats.Median(rounds)
}

// blockRatios are the log ratios of an arm to another one in each block.
func blockRatios(statistic string, arm, to [][]int64) []float64 {
	of := summary(statistic)
	d := make([]float64, len(arm))
	for k := range arm {
		if statistic == StatisticTrimmed {
			d[k] = math.Log(of(arm[k]) / of(to[k]))
		} else {
			d[k] = stats.Median(paired(arm[k], to[k]))
		}
	}
	return d
}

// wall are the runs of an arm in the blocks of a unit.
func wall(u bench.Unit, arm int) [][]int64 {
	blocks := make([][]int64, len(u.Blocks))
	for k, b := range u.Blocks {
		blocks[k] = b.Wall[arm]
	}
	return blocks
}

// logRatios are those of an arm to the baseline in each unit.
func (j *judgement) logRatios(arm int) []float64 {
	d := make([]float64, len(j.good))
	for i, u := range j.good {
		d[i] = logRatio(j.statistic, wall(u, arm), wall(u, bench.Baseline))
	}
	return d
}

// cpuRatios are, for each unit, the median over blocks of the log ratio of an arm's time on the CPU to the baseline's.
func (j *judgement) cpuRatios(arm int) []float64 {
	d := make([]float64, len(j.good))
	for i, u := range j.good {
		blocks := make([]float64, len(u.Blocks))
		for k, b := range u.Blocks {
			blocks[k] = math.Log(blockCPU(b, arm) / blockCPU(b, bench.Baseline))
		}
		d[i] = stats.Median(blocks)
	}
	return d
}

// typical is the median over units of the median over blocks of an arm's time.
func typical(units []bench.Unit, arm int, of blockTime) float64 {
	perUnit := make([]float64, len(units))
	for i, u := range units {
		blocks := make([]float64, len(u.Blocks))
		for k, b := range u.Blocks {
			blocks[k] = of(b, arm)
		}
		perUnit[i] = stats.Median(blocks)
	}
	return stats.Median(perUnit)
}

func floats(ns []int64) []float64 {
	x := make([]float64, len(ns))
	for i, n := range ns {
		x[i] = float64(n)
	}
	return x
}

// nanoseconds rounds a time; 0 where there is none.
func nanoseconds(v float64) int64 {
	if math.IsNaN(v) {
		return 0
	}
	return int64(math.Round(v))
}

func interval(i stats.Interval) [2]bench.Float {
	return [2]bench.Float{bench.Float(i.Low), bench.Float(i.High)}
}
