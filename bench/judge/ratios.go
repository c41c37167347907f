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

// logRatios are, for each unit, the median over blocks of the log ratio of an arm to the baseline.
func logRatios(units []bench.Unit, arm int, of blockTime) []float64 {
	d := make([]float64, len(units))
	for i, blocks := range blockRatios(units, arm, bench.Baseline, of) {
		d[i] = stats.Median(blocks)
	}
	return d
}

// blockRatios are the log ratios of an arm to another one in every block, a series for each unit.
func blockRatios(units []bench.Unit, arm, to int, of blockTime) [][]float64 {
	d := make([][]float64, len(units))
	for i, u := range units {
		d[i] = make([]float64, len(u.Blocks))
		for k, b := range u.Blocks {
			d[i][k] = math.Log(of(b, arm) / of(b, to))
		}
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
