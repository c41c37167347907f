package judge

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// arm gathers every sample of an arm, and what sums them up.
func (j *judgement) arm(at int) ArmRecord {
	a := j.setting.Arms[at]
	e := j.paired(j.logRatios(at))
	series := runs(j.good, at)
	rec := ArmRecord{
		Key: j.setting.Key, Arm: a.Letter, Role: a.Role, Name: a.Name, Path: a.Path,
		Median: nanoseconds(typical(j.good, at, j.time)),
		Ratio:  bench.Float(e.Ratio()), CI: interval(e.Interval.Exp()), Units: []ArmUnit{},
		Load: j.startMedian(at, loadTime), First: j.startMedian(at, firstTime),
		Quantiles: quantiles(series), Dependence: dependence(series),
		Files: a.Files, PeakRSS: a.PeakRSS, Throughput: a.Throughput, Notes: append([]string{}, a.Notes...), Plan: a.Plan,
	}
	if cpu := typical(j.good, at, blockCPU); !math.IsNaN(cpu) {
		n := nanoseconds(cpu)
		rec.CPU = &n
	}
	for _, u := range j.setting.Units {
		unit := ArmUnit{Unit: u.Unit, Complete: u.Complete, Blocks: []ArmBlock{}}
		for _, b := range u.Blocks {
			block := ArmBlock{Nanoseconds: b.Wall[at]}
			if b.CPU != nil {
				block.CPU = &b.CPU[at]
			}
			unit.Blocks = append(unit.Blocks, block)
			rec.Runs += len(b.Wall[at])
		}
		rec.Units = append(rec.Units, unit)
	}
	all := slices.Concat(series...)
	rec.P95, rec.Outliers = nanoseconds(stats.Quantile(all, 0.95)), stats.Outliers(all)
	return rec
}
