package judge

import (
	"fmt"
	"math"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// comparison judges a candidate.
func (j *judgement) comparison(arm int, controls []Control) Comparison {
	margin := float64(j.options.Margin)
	d := j.logRatios(arm)
	e := j.paired(d)
	cpu := j.paired(j.cpuRatios(arm))
	aa := j.paired(j.logRatios(bench.Control))
	c := Comparison{
		Key: j.setting.Key, Shapes: j.setting.Shapes,
		Baseline: j.setting.Arms[bench.Baseline].Name, Candidate: j.setting.Arms[arm].Name,
		BaselineMedian:  nanoseconds(typical(j.good, bench.Baseline, j.time)),
		CandidateMedian: nanoseconds(typical(j.good, arm, j.time)),
		Ratio:           bench.Float(e.Ratio()), CI: interval(e.Interval.Exp()), Confidence: bench.Float(1 - 2*e.Alpha),
		Margin: j.options.Margin, DeltaStar: bench.Float(e.DeltaStar), P: bench.Float(e.P), PNonInferior: bench.Float(e.PNonInferior),
		DistributionFreeCI: interval(e.DistributionFree.Exp()), UnitRatios: []bench.Float{}, Units: len(j.good),
		UnitsNeeded:  stats.UnitsNeeded(e.Theta, e.SD, margin),
		ControlDelta: bench.Float(aa.DeltaStar), CPURatio: bench.Float(cpu.Ratio()), CPUCI: interval(cpu.Interval.Exp()),
		Load: j.startRatio(arm, loadTime), First: j.startRatio(arm, firstTime),
		Quantiles: j.quantileRatios(arm), Speedup: j.speedup(arm), Plan: j.planDiff(arm),
	}
	for _, v := range d {
		c.UnitRatios = append(c.UnitRatios, bench.Float(math.Exp(v)))
	}
	if cpu.Units > 0 && !math.IsNaN(cpu.Theta) {
		c.CPUVerdict = stats.Side(cpu.Interval, cpu.Margin)
	}
	if c.Verdict, c.Reason = verdict(e, cpu); c.Verdict == NotShown {
		c.UnitsNeeded = stats.StillNeeded(e)
	}
	for _, g := range controls {
		if g.State == Fail && (g.Candidate == "" || g.Candidate == c.Candidate) {
			c.Verdict, c.Reason = Invalid, fmt.Sprintf("gate %s failed: %s", g.Name, g.Detail)
			break
		}
	}
	if j.options.Blocks == 0 && (c.Verdict == NotShown || c.Verdict == Invalid) {
		c.Reason += tooShort(j.setting, j.options)
	}
	return c
}

// speedup compares the arm that is meant to be slower, the model as trained where there is one, with a
// candidate.
func (j *judgement) speedup(arm int) Speedup {
	over := bench.Baseline
	for i, a := range j.setting.Arms {
		if a.Role == bench.RoleAsTrained {
			over = i
		}
	}
	// Unit by unit it is the quotient of both ratios to the baseline, so that it is that of the latencies beside it, too.
	d, slower := j.logRatios(arm), j.logRatios(over)
	for i := range d {
		d[i] = slower[i] - d[i]
	}
	e := j.paired(d)
	return Speedup{Over: j.setting.Arms[over].Name, Ratio: bench.Float(e.Ratio()), CI: interval(e.Interval.Exp())}
}

// verdict decides on wall time and adds what CPU time says when it contradicts.
func verdict(wall, cpu stats.Estimate) (Verdict, string) {
	v, reason := stats.Decide(wall)
	side := stats.Side(cpu.Interval, cpu.Margin)
	if v != NotShown && side != NotShown && side != v {
		reason += fmt.Sprintf("; time on the CPU contradicts, it says %s (ratio %.4f)", side, cpu.Ratio())
	}
	return v, reason
}

// tooShort says which duration would do, where the one asked for leaves units with few blocks; "" where
// it does not.
func tooShort(s *bench.Setting, o bench.Options) string {
	const step = 5 * time.Second
	needs := s.Needs(o.Units)
	if s.Schedule.Blocks == 0 || s.Schedule.Blocks >= bench.FewBlocks || needs <= o.Duration {
		return ""
	}
	return fmt.Sprintf("; the duration of %s is too short: use --duration %s or more", o.Duration, (needs + step - 1).Truncate(step))
}
