package judge

import (
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// StartRatio is how long a candidate takes before it is warm, over what its baseline takes. Null where unknown.
type StartRatio struct {
	Ratio bench.Float    `json:"ratio"` // over that of the baseline
	CI    [2]bench.Float `json:"ci"`    // of the ratio, over units
}

// startTime is one of the times before an arm is warm.
type startTime func(bench.ColdStart) int64

func loadTime(s bench.ColdStart) int64  { return s.Load }
func firstTime(s bench.ColdStart) int64 { return s.First }

// startMedian is the median over units of such a time of an arm; nil where the engine runs it elsewhere.
func (j *judgement) startMedian(arm int, of startTime) *int64 {
	var times []float64
	for _, u := range j.good {
		if arm < len(u.Starts) && of(u.Starts[arm]) > 0 {
			times = append(times, float64(of(u.Starts[arm])))
		}
	}
	if len(times) == 0 {
		return nil
	}
	median := nanoseconds(stats.Median(times))
	return &median
}

// startRatio compares such a time of a candidate with that of the baseline, unit by unit.
func (j *judgement) startRatio(arm int, of startTime) StartRatio {
	d := make([]float64, len(j.good))
	for i, u := range j.good {
		d[i] = math.NaN()
		if arm < len(u.Starts) {
			d[i] = math.Log(float64(of(u.Starts[arm])) / float64(of(u.Starts[bench.Baseline])))
		}
	}
	e := j.paired(d)
	return StartRatio{bench.Float(e.Ratio()), interval(e.Interval.Exp())}
}
