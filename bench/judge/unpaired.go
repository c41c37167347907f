package judge

import (
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Unpaired compares two measurements that were made apart. Nothing pairs their runs: their units are independent groups.
type Unpaired struct {
	Of         [2]bench.Float `json:"of"`         // what the ratio is of: times in nanoseconds, or ratios to the baseline; null for none
	Estimator  string         `json:"estimator"`  // how those two were made of what the units say
	Ratio      bench.Float    `json:"ratio"`      // second over first; null where there are too few units
	CI         [2]bench.Float `json:"ci"`         // of the ratio, confidence 0.9
	Margin     bench.Ratio    `json:"margin"`     // the change up to which there is none
	DeltaStar  bench.Float    `json:"delta_star"` // the smallest margin that the data support
	P          bench.Float    `json:"p"`          // of the test for equivalence
	Detectable bench.Float    `json:"detectable"` // the smallest slowdown, beyond 1, that would be found 9 times in 10; null for none
	Units      [2]int         `json:"units"`      // good ones, of the first and the second
	Verdict    Verdict        `json:"verdict"`    // of the second
	Reason     string         `json:"reason"`     // why, in words
}

// CompareUnpaired compares the time of an arm in two measurements within a margin. The statistics are those of its
// settings in both.
func CompareUnpaired(first, second ArmRecord, statistics [2]string, margin bench.Ratio) Unpaired {
	how := common(statistics)
	return unpaired(first.logTimes(how), second.logTimes(how), margin)
}

// CompareRatios compares, in two measurements, the ratio of the time of an arm to that of its baseline. Both ran in the same
// processes, so that whatever made one measurement slower than the other as a whole cancels. A pair is a baseline and its candidate.
func CompareRatios(first, second [2]ArmRecord, statistics [2]string, margin bench.Ratio) Unpaired {
	how := common(statistics)
	return unpaired(logRatiosApart(first, how), logRatiosApart(second, how), margin)
}

// common is the statistic for two settings: what a coarse clock asks for does no harm to times of a fine one.
func common(statistics [2]string) string {
	if statistics[1] == StatisticTrimmed {
		return StatisticTrimmed
	}
	return statistics[0]
}

// unpaired compares two groups of one logarithm for each unit.
func unpaired(x, y []float64, margin bench.Ratio) Unpaired {
	e := stats.Unpaired(x, y, float64(margin))
	u := Unpaired{
		Of: [2]bench.Float{geometricMean(x), geometricMean(y)}, Estimator: GeometricMean,
		Ratio: bench.Float(math.NaN()), CI: interval(e.Interval.Exp()), Margin: margin, DeltaStar: bench.Float(e.DeltaStar), P: bench.Float(e.P),
		Detectable: bench.Float(stats.Detectable(e)), Units: [2]int{len(x), len(y)},
	}
	if e.Units > 1 {
		u.Ratio = bench.Float(e.Ratio())
	}
	u.Verdict, u.Reason = stats.Decide(e)
	return u
}

// GeometricMean is how a comparison of measurements that were made apart makes one number of those of the units.
const GeometricMean = "geometric mean over units"

// geometricMean is the number that the mean of logarithms stands for; NaN where there are none.
func geometricMean(logs []float64) bench.Float {
	sum := 0.0
	for _, v := range logs {
		sum += v
	}
	return bench.Float(math.Exp(sum / float64(len(logs))))
}

// logRatiosApart are the log ratios of a candidate to its baseline in each complete unit.
func logRatiosApart(pair [2]ArmRecord, statistic string) []float64 {
	logs := []float64{}
	for i := range min(len(pair[0].Units), len(pair[1].Units)) {
		base, candidate := pair[0].Units[i], pair[1].Units[i]
		var x, y [][]int64
		for k := range min(len(base.Blocks), len(candidate.Blocks)) {
			if a, b := base.Blocks[k].Nanoseconds, candidate.Blocks[k].Nanoseconds; len(a) > 0 && len(b) > 0 {
				x, y = append(x, a), append(y, b)
			}
		}
		if base.Complete && candidate.Complete && base.Unit == candidate.Unit && len(x) > 0 {
			logs = append(logs, logRatio(statistic, y, x))
		}
	}
	return logs
}

// logTimes are the logarithms of the arm's time in each complete unit: the median over its blocks of the
// block's time, which the statistic of the setting makes of its runs.
func (a ArmRecord) logTimes(statistic string) []float64 {
	of := summary(statistic)
	logs := []float64{}
	for _, u := range a.Units {
		if !u.Complete {
			continue
		}
		var blocks []float64
		for _, b := range u.Blocks {
			if len(b.Nanoseconds) > 0 {
				blocks = append(blocks, of(b.Nanoseconds))
			}
		}
		if len(blocks) > 0 {
			logs = append(logs, math.Log(stats.Median(blocks)))
		}
	}
	return logs
}
