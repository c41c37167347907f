package formats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// openmetricsFormat is for monitoring, in the text exposition of OpenMetrics. A number that is not known is left out.
type openmetricsFormat struct{}

// metricFamily is the samples of one name. A unit is the end of the name, too.
type metricFamily struct {
	name, kind, unit, help string
	samples                []string
}

// labels are pairs of a name and a value.
type labels [][2]string

// File implements [reports.Filer].
func (openmetricsFormat) File() string { return "openmetrics.txt" }

// Write implements [reports.Format].
func (openmetricsFormat) Write(to reports.Output, doc reports.Document) error {
	all, err := sources("openmetrics", doc)
	if err != nil {
		return err
	}
	out := &sink{w: to}
	for _, f := range metricFamilies(all) {
		if len(f.samples) == 0 {
			continue
		}
		out.print(fmt.Sprintf("# TYPE %s %s\n", f.name, f.kind))
		if f.unit != "" {
			out.print(fmt.Sprintf("# UNIT %s %s\n", f.name, f.unit))
		}
		out.print(fmt.Sprintf("# HELP %s %s\n", f.name, f.help))
		out.print(strings.Join(f.samples, ""))
	}
	out.print("# EOF\n")
	return out.err
}

// metricFamilies are those of all reports, each once. The samples of several reports are told apart by the label report.
func metricFamilies(all []source) []metricFamily {
	var list []metricFamily
	for i, r := range all {
		for k, f := range slices.Concat(runMetrics(r.Report), latencyMetrics(r.Report), controlMetrics(r.Report)) {
			if i == 0 {
				list = append(list, metricFamily{name: f.name, kind: f.kind, unit: f.unit, help: f.help})
			}
			for _, s := range f.samples {
				if r.name != "" {
					s = within(s, labels{{"report", r.name}})
				}
				list[k].samples = append(list[k].samples, s)
			}
		}
	}
	return list
}

// within adds labels before those of a sample.
func within(sample string, l labels) string {
	at := strings.IndexAny(sample, "{ ") // a name has neither
	name, rest := sample[:at], sample[at:]
	if labelled, ok := strings.CutPrefix(rest, "{"); ok {
		return name + strings.TrimSuffix(l.String(), "}") + "," + labelled
	}
	return name + l.String() + rest
}

// gauge adds a number, unless it is not finite.
func (f *metricFamily) gauge(l labels, v float64) {
	if isFinite(v) {
		f.samples = append(f.samples, fmt.Sprintf("%s%s %s\n", f.name, l, plainNumber(v)))
	}
}

// states adds which one of the states it is; nothing where it is none of them.
func (f *metricFamily) states(l labels, is string, all ...string) {
	if !slices.Contains(all, is) {
		return
	}
	for _, state := range all {
		f.gauge(append(slices.Clone(l), [2]string{f.name, state}), truth(state == is))
	}
}

// String writes labels as they stand behind a name.
func (l labels) String() string {
	if len(l) == 0 {
		return ""
	}
	var parts []string
	for _, p := range l {
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(human.Printable(p[1]))
		parts = append(parts, p[0]+`="`+value+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// where labels a setting.
func where(k bench.Key) labels {
	l := labels{{"backend", k.Backend}, {"provider", k.Provider}, {"batch", strconv.FormatInt(k.Batch, 10)}, {"threads", strconv.Itoa(k.Threads)}}
	if k.Sizes != "" {
		l = append(l, [2]string{"sizes", k.Sizes})
	}
	return l
}

// runMetrics are those of the run as a whole.
func runMetrics(r *reports.Report) []metricFamily {
	passed := metricFamily{name: "acdeploy_passed", kind: "gauge", help: "1 for a run that passed."}
	code := metricFamily{name: "acdeploy_exit_code", kind: "gauge", help: "The exit code of the command."}
	answers := metricFamily{name: "acdeploy_answers", kind: "stateset", help: "How the answers compare with those as trained."}
	skipped := metricFamily{name: "acdeploy_engine_not_run", kind: "info", help: "An engine that was not run, and why."}
	if c := r.Concluded(); c != nil {
		passed.gauge(nil, truth(c.Passed))
		code.gauge(nil, float64(c.ExitCode))
		answers.states(nil, string(c.Answers), string(reports.AnswersSame), string(reports.AnswersDiffer), string(reports.AnswersNotCompared))
	}
	for _, s := range r.NotRun() {
		l := labels{{"backend", s.Backend}, {"provider", s.Provider}, {"reason", s.Reason}}
		skipped.samples = append(skipped.samples, fmt.Sprintf("%s_info%s 1\n", skipped.name, l))
	}
	return []metricFamily{passed, code, answers, skipped}
}

// latencyMetrics are those of each model on each engine.
func latencyMetrics(r *reports.Report) []metricFamily {
	latency := metricFamily{name: "acdeploy_latency_seconds", kind: "gauge", unit: "seconds", help: "Latency of one run, end to end."}
	bound := metricFamily{name: "acdeploy_latency_bound_seconds", kind: "gauge", unit: "seconds", help: "The ends of the interval of the latency."}
	memory := metricFamily{name: "acdeploy_peak_memory_bytes", kind: "gauge", unit: "bytes", help: "Peak memory of a process with this model alone."}
	for _, a := range r.Ordered() {
		l := append(where(a.Key), [2]string{"model", r.Label(a.Name)})
		latency.gauge(l, float64(r.LatencyOf(a))/1e9)
		ends := r.LatencyBounds(a)
		bounds(&bound, l, [2]bench.Float{ends[0] / 1e9, ends[1] / 1e9})
		if a.PeakRSS != nil {
			memory.gauge(l, float64(*a.PeakRSS))
		}
	}
	ratio := metricFamily{name: "acdeploy_latency_ratio", kind: "gauge", unit: "ratio", help: "Latency over that of the baseline."}
	ratioBound := metricFamily{name: "acdeploy_latency_bound_ratio", kind: "gauge", unit: "ratio", help: "The ends of the interval of the ratio."}
	speedup := metricFamily{name: "acdeploy_speedup_ratio", kind: "gauge", unit: "ratio", help: "Latency of the model as trained, or else of the baseline, over this one's."}
	verdict := metricFamily{name: "acdeploy_verdict", kind: "stateset", help: "How the latency compares with the baseline's."}
	for _, c := range r.Comparisons {
		l := append(where(c.Key), [2]string{"model", r.Label(c.Candidate)})
		ratio.gauge(l, float64(c.Ratio))
		bounds(&ratioBound, l, c.CI)
		speedup.gauge(l, float64(c.Speedup.Ratio))
		verdict.states(l, string(c.Verdict), string(judge.Equivalent), string(judge.Faster), string(judge.Slower), string(judge.NotShown), string(judge.Invalid))
	}
	return []metricFamily{latency, bound, memory, ratio, ratioBound, speedup, verdict}
}

// bounds adds the ends of an interval.
func bounds(to *metricFamily, l labels, ends [2]bench.Float) {
	to.gauge(append(slices.Clone(l), [2]string{"bound", "lower"}), float64(ends[0]))
	to.gauge(append(slices.Clone(l), [2]string{"bound", "upper"}), float64(ends[1]))
}

// controlMetrics are the states of the controls of the measurement.
func controlMetrics(r *reports.Report) []metricFamily {
	f := metricFamily{name: "acdeploy_control", kind: "stateset", help: "A check of the measurement itself."}
	for _, c := range r.Controls {
		l := append(where(c.Key), [2]string{"name", c.Name}, [2]string{"model", r.Label(c.Candidate)})
		f.states(l, string(c.State), string(judge.OK), string(judge.Warn), string(judge.Fail), string(judge.Absent))
	}
	return []metricFamily{f}
}
