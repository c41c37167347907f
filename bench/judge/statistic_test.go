package judge

import (
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// A coarse clock quantises the median, not the trimmed mean.
func TestStatistic(t *testing.T) {
	fine, rough := world{phi: 0.5, runSD: 0.02, ratio: 1}, world{phi: 0.5, runSD: 0.02, ratio: 1, tick: 1024, latency: 1e5}
	fine.start(1)
	rough.start(1)
	if got := statistic([]bench.Unit{fine.unit(interleaved)}); got != StatisticPaired {
		t.Errorf("a clock of nanoseconds asks for %s", got)
	}
	if got := statistic([]bench.Unit{rough.unit(interleaved)}); got != StatisticTrimmed {
		t.Errorf("a clock of microseconds asks for %s", got)
	}
	same := bench.Unit{Blocks: []bench.Block{{Wall: [][]int64{{7, 7, 7, 7}, {7, 7, 7, 7}}}}}
	if got := statistic([]bench.Unit{same}); got != StatisticPaired {
		t.Errorf("times that are all the same ask for %s", got)
	}
}

// The time of a unit is made as that of an arm is, so the median over units is that of the arm.
func TestTimeOfAUnit(t *testing.T) {
	u := ArmUnit{Blocks: []ArmBlock{{Nanoseconds: []int64{1, 9, 3}}, {}, {Nanoseconds: []int64{5}}, {Nanoseconds: []int64{70, 80}}}}
	if got := u.Time(StatisticPaired); got != 5 {
		t.Errorf("the median of 3, 5 and 75 is %g", got)
	}
	if got := (ArmUnit{}).Time(StatisticTrimmed); got != 0 {
		t.Errorf("nothing took %g", got)
	}
}
