package judge

import (
	"slices"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// How the runs of a unit become one ratio to the baseline; see [Setting].
const (
	StatisticPaired  = "paired_median" // the median over rounds of the log of run over run of the baseline
	StatisticTrimmed = "trimmed_mean"  // the median over blocks of that of their trimmed means, where the clock is so coarse that it quantises runs
)

const (
	trimmed = 0.2   // of the runs at either end
	coarse  = 0.002 // of the median: ticks that are longer quantise it
)

// statistic is the same for all arms and blocks of a measurement: two of them would differ in what they
// make of the same skew.
func statistic(units []bench.Unit) string {
	if len(units) == 0 {
		return StatisticPaired
	}
	for _, b := range units[0].Blocks { // which show the clock
		for _, runs := range b.Wall {
			if tick := tick(runs); float64(tick) > coarse*stats.Median(floats(runs)) {
				return StatisticTrimmed
			}
		}
	}
	return StatisticPaired
}

// tick is the smallest step between the times of a block whose runs mostly share their times; 0 where
// they do not, since any two times are close among many that are all different.
func tick(ns []int64) int64 {
	sorted := slices.Sorted(slices.Values(ns))
	least, different := int64(0), 1
	for i := 1; i < len(sorted); i++ {
		step := sorted[i] - sorted[i-1]
		if step == 0 {
			continue
		}
		different++
		if least == 0 || step < least {
			least = step
		}
	}
	if different*2 > len(sorted) {
		return 0 // hardly any time comes twice
	}
	return least
}

// summary is the time of the runs of one block: their median, or their trimmed mean. A clock too coarse to see a run counts as a nanosecond.
func summary(statistic string) func(ns []int64) float64 {
	if statistic == StatisticTrimmed {
		return func(ns []int64) float64 { return max(1, stats.TrimmedMean(floats(ns), trimmed)) }
	}
	return func(ns []int64) float64 { return max(1, stats.Median(floats(ns))) }
}

// location is the time of an arm in one block.
func location(statistic string) blockTime {
	of := summary(statistic)
	return func(b bench.Block, arm int) float64 { return of(b.Wall[arm]) }
}

// Time is that of an arm in a unit, in nanoseconds: the median over its blocks of what the statistic makes of their runs; 0 where there
// are none. The median over the complete units is that of the arm.
func (u ArmUnit) Time(by string) float64 {
	of := summary(by)
	var blocks []float64
	for _, b := range u.Blocks {
		if len(b.Nanoseconds) > 0 {
			blocks = append(blocks, of(b.Nanoseconds))
		}
	}
	if len(blocks) == 0 {
		return 0
	}
	return stats.Median(blocks)
}
