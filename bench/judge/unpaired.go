package judge

import (
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Unpaired compares one arm in two measurements that were made apart. Nothing pairs their runs: their units
// are independent groups.
type Unpaired struct {
	Ratio     bench.Float    // second over first; NaN where there are too few units
	CI        [2]bench.Float // of the ratio, confidence 0.9
	DeltaStar bench.Float    // the smallest margin that the data support
	P         bench.Float    // of the test for equivalence
	Units     [2]int         // good ones, of the first and the second
	Verdict   Verdict
	Reason    string
}

// CompareUnpaired compares an arm of two measurements within a margin. The statistics are those of its
// settings in both.
func CompareUnpaired(first, second ArmRecord, statistics [2]string, margin bench.Ratio) Unpaired {
	how := statistics[0]
	if statistics[1] == StatisticTrimmed {
		how = StatisticTrimmed // what a coarse clock asks for does no harm to times of a fine one
	}
	x, y := first.logTimes(how), second.logTimes(how)
	e := stats.Unpaired(x, y, float64(margin))
	u := Unpaired{
		Ratio: bench.Float(math.NaN()), CI: interval(e.Interval.Exp()), DeltaStar: bench.Float(e.DeltaStar), P: bench.Float(e.P),
		Units: [2]int{len(x), len(y)},
	}
	if e.Units > 1 {
		u.Ratio = bench.Float(e.Ratio())
	}
	u.Verdict, u.Reason = stats.Decide(e)
	return u
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
