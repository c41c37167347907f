package bench

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// good are the units that take part in the statistics.
func (m *measurement) good() []unit {
	var good []unit
	for _, u := range m.units {
		if u.Complete {
			good = append(good, u)
		}
	}
	return good
}

// blockCPU is the mean time on the CPU of an arm's runs in one block; NaN where unavailable.
func blockCPU(b block, arm int) float64 {
	if b.cpu == nil || b.cpu[arm] <= 0 {
		return math.NaN()
	}
	return float64(b.cpu[arm]) / float64(len(b.wall[arm]))
}

// logRatios are, for each unit, the median over blocks of the log ratio of an arm to the baseline.
func logRatios(units []unit, arm int, of func(block, int) float64) []float64 {
	return logRatiosTo(units, arm, baseline, of)
}

// logRatiosTo is [logRatios] to any arm.
func logRatiosTo(units []unit, arm, to int, of func(block, int) float64) []float64 {
	d := make([]float64, len(units))
	for i, blocks := range blockRatiosTo(units, arm, to, of) {
		d[i] = stats.Median(blocks)
	}
	return d
}

// blockRatios are the log ratios of an arm to the baseline in every block, a series for each unit.
func blockRatios(units []unit, arm int, of func(block, int) float64) [][]float64 {
	return blockRatiosTo(units, arm, baseline, of)
}

func blockRatiosTo(units []unit, arm, to int, of func(block, int) float64) [][]float64 {
	d := make([][]float64, len(units))
	for i, u := range units {
		d[i] = make([]float64, len(u.blocks))
		for k, b := range u.blocks {
			d[i][k] = math.Log(of(b, arm) / of(b, to))
		}
	}
	return d
}

// typical is the median over units of the median over blocks of an arm's time.
func typical(units []unit, arm int, of func(block, int) float64) float64 {
	perUnit := make([]float64, len(units))
	for i, u := range units {
		blocks := make([]float64, len(u.blocks))
		for k, b := range u.blocks {
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

func interval(i stats.Interval) [2]Float { return [2]Float{Float(i.Low), Float(i.High)} }

// record adds what was measured under this setting to the result.
func (m *measurement) record(res *Result) {
	if len(m.units) == 0 && len(m.failures) == 0 {
		return
	}
	s := m.setting
	m.statistic = statistic(m.good())
	m.time = location(m.statistic)
	failures := m.failures
	if failures == nil {
		failures = []Failure{}
	}
	res.Settings = append(res.Settings, Setting{
		Key: s.key(), Shapes: s.shapes(), Options: s.spec.Options, Engine: m.engine, CPUClock: m.cpuClock,
		Plan: m.plan, Failures: failures, Statistic: m.statistic,
	})
	for _, u := range m.units {
		res.Units = append(res.Units, u.UnitRecord)
	}
	for i := range s.arms {
		res.Arms = append(res.Arms, m.armRecord(i))
	}
	gates := m.gates()
	res.Gates = append(res.Gates, gates...)
	for i, a := range s.arms {
		if a.role == RoleCandidate {
			res.Comparisons = append(res.Comparisons, m.comparison(i, gates))
		}
	}
}

// armRecord gathers every sample of an arm.
func (m *measurement) armRecord(arm int) ArmRecord {
	a, good := m.setting.arms[arm], m.good()
	e := m.paired(logRatios(good, arm, m.time))
	series := runs(good, arm)
	rec := ArmRecord{
		Key: m.setting.key(), Arm: letter(arm), Role: a.role, Name: a.Name, Path: a.Model.Path,
		Median: nanoseconds(typical(good, arm, m.time)),
		Ratio:  Float(e.Ratio()), CI: interval(e.Interval.Exp()), Units: []ArmUnit{},
		Tails: tails(series), Memory: dependence(series),
	}
	if cpu := typical(good, arm, blockCPU); !math.IsNaN(cpu) {
		n := nanoseconds(cpu)
		rec.CPU = &n
	}
	if m.plans != nil {
		rec.Plan = m.plans[arm]
	}
	rec.Files, rec.Notes = a.Files, []string{}
	if m.costs != nil {
		c := m.costs[arm]
		rec.PeakRSS, rec.Throughput, rec.Notes = c.peak, c.throughput, append(rec.Notes, c.notes...)
	}
	for _, u := range m.units {
		unit := ArmUnit{Unit: u.Unit, Complete: u.Complete, Blocks: []ArmBlock{}}
		for _, b := range u.blocks {
			block := ArmBlock{Nanoseconds: b.wall[arm]}
			if b.cpu != nil {
				block.CPU = &b.cpu[arm]
			}
			unit.Blocks = append(unit.Blocks, block)
			rec.Runs += len(b.wall[arm])
		}
		rec.Units = append(rec.Units, unit)
	}
	all := slices.Concat(series...)
	rec.P95, rec.Outliers = nanoseconds(stats.Quantile(all, 0.95)), stats.Outliers(all)
	return rec
}

// comparison judges a candidate.
func (m *measurement) comparison(arm int, gates []Gate) Comparison {
	good, margin := m.good(), float64(m.job.Options.Margin)
	d := logRatios(good, arm, m.time)
	e := m.paired(d)
	cpu := m.paired(logRatios(good, arm, blockCPU))
	aa := m.paired(logRatios(good, control, m.time))
	c := Comparison{
		Key: m.setting.key(), Shapes: m.setting.shapes(),
		Baseline: m.setting.arms[baseline].Name, Candidate: m.setting.arms[arm].Name,
		BaselineMedian:  nanoseconds(typical(good, baseline, m.time)),
		CandidateMedian: nanoseconds(typical(good, arm, m.time)),
		Ratio:           Float(e.Ratio()), CI: interval(e.Interval.Exp()), Confidence: Float(1 - 2*e.Alpha),
		Margin: m.job.Options.Margin, DeltaStar: Float(e.DeltaStar), P: Float(e.P), PNonInferior: Float(e.PNonInferior),
		TwinCI: interval(e.Twin.Exp()), UnitRatios: []Float{}, Units: len(good),
		UnitsNeeded:  stats.UnitsNeeded(e.Theta, e.SD, margin),
		ControlDelta: Float(aa.DeltaStar), CPURatio: Float(cpu.Ratio()), CPUCI: interval(cpu.Interval.Exp()),
		Tails: m.tailRatios(good, arm), Speedup: m.speedup(good, arm), Plan: m.planDiff(arm),
	}
	for _, v := range d {
		c.UnitRatios = append(c.UnitRatios, Float(math.Exp(v)))
	}
	if cpu.Units > 0 && !math.IsNaN(cpu.Theta) {
		c.CPUVerdict = stats.Side(cpu.Interval, cpu.Margin)
	}
	if c.Verdict, c.Reason = verdict(e, cpu); c.Verdict == NotShown {
		c.UnitsNeeded = stats.StillNeeded(e)
	}
	for _, g := range gates {
		if g.State == Fail && (g.Candidate == "" || g.Candidate == c.Candidate) {
			c.Verdict, c.Reason = Invalid, fmt.Sprintf("gate %s failed: %s", g.Name, g.Detail)
			break
		}
	}
	if o := m.job.Options; m.planned && o.Blocks == 0 && (c.Verdict == NotShown || c.Verdict == Invalid) {
		c.Reason += m.plan.tooShort(o.Duration, m.needs)
	}
	return c
}

// paired tests log ratios at the level of the measurement.
func (m *measurement) paired(d []float64) stats.Estimate {
	return stats.PairedAt(d, float64(m.job.Options.Margin), m.job.Options.alpha())
}

// speedup compares the arm that is meant to be slower, the model as trained where there is one, with a
// candidate.
func (m *measurement) speedup(good []unit, arm int) Speedup {
	over := baseline
	for i, a := range m.setting.arms {
		if a.role == RoleAsTrained {
			over = i
		}
	}
	e := m.paired(logRatiosTo(good, over, arm, m.time))
	return Speedup{Over: m.setting.arms[over].Name, Ratio: Float(e.Ratio()), CI: interval(e.Interval.Exp())}
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
