package formats

import (
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// bmfFormat is the Bencher Metric Format: benchmarks by name, measures of each by name, a value of each with the ends of its interval.
// Latencies are nanoseconds, as Bencher has them.
type bmfFormat struct{}

// bmfMetric is a value with the ends of its interval, where they are known.
type bmfMetric struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower_value,omitempty"`
	Upper *float64 `json:"upper_value,omitempty"`
}

// bmfMost is how long the name of a benchmark may be, in characters.
const bmfMost = 1024

// File implements [reports.Filer].
func (bmfFormat) File() string { return "bmf.json" }

// Write implements [reports.Format].
func (bmfFormat) Write(to reports.Output, doc reports.Document) error {
	list, err := sources("bmf", doc)
	if err != nil {
		return err
	}
	all := map[string]map[string]bmfMetric{}
	for _, r := range list {
		in := ""
		if r.name != "" { // several reports have benchmarks of one name
			in = " in " + r.name
		}
		if c := r.Concluded(); c != nil {
			run := map[string]bmfMetric{"passed": {Value: truth(c.Passed)}, "engines-not-run": {Value: float64(c.Skipped)}}
			add(run, "speedup", float64(c.Speedup), c.SpeedupCI)
			all[human.Clip(human.Printable("run"+in), bmfMost)] = run
		}
		for _, a := range r.Ordered() {
			all[human.Clip(human.Printable(r.Label(a.Name)+" on "+reports.SettingName(a.Key)+in), bmfMost)] = bmfMeasures(r.Report, a)
		}
	}
	return reports.JSON(to, all)
}

// bmfMeasures are those of one model on one engine.
func bmfMeasures(r *reports.Report, a judge.ArmRecord) map[string]bmfMetric {
	m := map[string]bmfMetric{}
	latency, interval := r.LatencyOf(a), r.LatencyBounds(a)
	add(m, "latency", float64(latency), interval)
	for _, c := range r.Comparisons {
		if c.Key == a.Key && c.Candidate == a.Name && a.Role == bench.RoleCandidate {
			add(m, "ratio", float64(c.Ratio), c.CI)
			m["as-fast"] = bmfMetric{Value: truth(judge.RequireEquivalent.Passes(c.Verdict))}
		}
	}
	for _, q := range a.Quantiles {
		if q.Q == 0.99 {
			add(m, "p99-latency", float64(q.Estimate), [2]bench.Float{known(q.Low, q.LowRank), known(q.High, q.HighRank)})
		}
	}
	if a.PeakRSS != nil {
		m["peak-memory"] = bmfMetric{Value: float64(*a.PeakRSS)}
	}
	if a.Bytes > 0 {
		m["file-size"] = bmfMetric{Value: float64(a.Bytes)}
	}
	if a.Throughput != nil {
		add(m, "throughput", float64(a.Throughput.PerSecond), [2]bench.Float{known(0, 0), known(0, 0)})
	}
	return m
}

// add adds a measure, unless it is not finite.
func add(to map[string]bmfMetric, name string, value float64, interval [2]bench.Float) {
	if !isFinite(value) {
		return
	}
	metric := bmfMetric{Value: value}
	if low := float64(interval[0]); isFinite(low) && low <= value {
		metric.Lower = &low
	}
	if high := float64(interval[1]); isFinite(high) && high >= value {
		metric.Upper = &high
	}
	to[name] = metric
}

// known is a bound; NaN for one of no rank, which is unknown.
func known(bound bench.Float, rank int) bench.Float {
	if rank == 0 {
		return bench.Float(math.NaN())
	}
	return bound
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
