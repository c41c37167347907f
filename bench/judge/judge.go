// Package judge turns a recording of package bench into verdicts. It measures nothing and reads no clock:
// the same recording gives the same result, and a recording can be judged again with another margin.
//
//	recording ──▶ log ratios of each unit ──▶ controls ──▶ comparisons ──▶ gates
//	              (candidate / baseline)      is the       verdict of      does the
//	                                          measurement  each            release want
//	                                          sound?       candidate       that verdict?
//
// A control is a check of the measurement itself; one that fails makes verdicts invalid. A comparison is
// an equivalence test with a stated margin; see package internal/stats. A gate is a threshold of a
// release.
package judge

import (
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Judge makes a result of a recording. Its options say the margin.
func Judge(rec *bench.Recording) *Result {
	res := &Result{
		Schema: Schema, Started: rec.Started, Incomplete: rec.Incomplete, Options: rec.Options,
		Host: rec.Host, HostAfter: rec.HostAfter,
		Settings: []Setting{}, Comparisons: []Comparison{}, Arms: []ArmRecord{}, Units: []bench.UnitRecord{},
		Controls: []Control{}, Skipped: append([]backends.Skip{}, rec.Skipped...),
	}
	for i := range rec.Settings {
		j := judging(&rec.Settings[i], rec.Options)
		j.cut = rec.Incomplete && i == len(rec.Settings)-1
		j.add(res)
	}
	return res
}

// judgement is a setting while it is judged.
type judgement struct {
	setting   *bench.Setting
	options   bench.Options
	good      []bench.Unit
	cut       bool      // it is the last setting of a measurement that was interrupted
	statistic string    // how runs become a ratio
	time      blockTime // of an arm
}

func judging(s *bench.Setting, o bench.Options) *judgement {
	j := &judgement{setting: s, options: o, good: s.Good()}
	j.statistic = statistic(j.good)
	j.time = location(j.statistic)
	return j
}

// add puts what follows from the setting into the result.
func (j *judgement) add(res *Result) {
	s := j.setting
	res.Settings = append(res.Settings, Setting{
		Key: s.Key, Shapes: s.Shapes, Samples: s.Samples, Options: s.Options, Engine: s.Engine, CPUClock: s.CPUClock,
		Schedule: s.Schedule, Failures: s.Failures, Changed: s.Changed, Statistic: j.statistic,
	})
	for _, u := range s.Units {
		res.Units = append(res.Units, u.UnitRecord)
	}
	for i := range s.Arms {
		res.Arms = append(res.Arms, j.arm(i))
	}
	controls := j.controls()
	res.Controls = append(res.Controls, controls...)
	for i, a := range s.Arms {
		if a.Role == bench.RoleCandidate {
			res.Comparisons = append(res.Comparisons, j.comparison(i, controls))
		}
	}
}

// paired tests log ratios at the level of the measurement.
func (j *judgement) paired(d []float64) stats.Estimate {
	alpha := stats.Alpha
	switch {
	case j.options.Repeated:
		alpha = stats.AlphaRepeated
	case j.options.Adaptive:
		alpha = stats.AlphaAdaptive
	}
	return stats.Paired(d, float64(j.options.Margin), alpha)
}
