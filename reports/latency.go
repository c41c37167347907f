package reports

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// latency shows the arms of every setting, the baseline first.
func (r *Report) latency() (Section, bool) {
	s := Section{
		Title: "Latency",
		Table: newTable("engine", "model", ">latency", ">CPU time", ">ratio", "="+r.intervalHeader(), ">±Δ*", "=verdict"),
		Notes: []string{
			"Latency is end to end: wall time around one run, copies included." + r.ownClocks(),
			r.estimator(),
			"CPU time is what the thread of the run spent on a processor, or the process where it has several threads.",
			"±Δ* is the smallest margin within which the measurement supports equality.",
		},
	}
	s.Lead = []string{r.occasion()}
	last := -1
	for _, a := range r.Ordered() {
		where := ""
		if a.Setting != last {
			where, last = SettingName(a.Key)+r.clock(a.Key), a.Setting
		}
		s.Table.add(append([]string{where, r.Label(a.Name), human.Milliseconds(r.LatencyOf(a)), cpuTime(a)}, r.judged(a)...)...)
	}
	s.Notes = append(s.Notes, r.engineNotes()...)
	return s, len(s.Table.Rows) > 0
}

// summary is the latencies in a table that fits a narrow terminal. One engine is named in its title; several have a row each.
func (r *Report) summary() (Section, bool) {
	s := Section{Title: "Latency", Table: newTable("model", ">latency", ">ratio", "="+r.intervalHeader(), "=verdict")}
	arms, last := r.Ordered(), -1
	several := len(arms) > 0 && arms[0].Setting != arms[len(arms)-1].Setting
	for _, a := range arms {
		where, indent := SettingName(a.Key)+r.clock(a.Key), ""
		switch {
		case !several:
			s.Title = "Latency on " + where
		case a.Setting != last:
			s.Table.add(where, "", "", "", "")
			last = a.Setting
			fallthrough
		default:
			indent = "  "
		}
		judged := r.judged(a)
		s.Table.add(indent+r.Label(a.Name), human.Milliseconds(r.LatencyOf(a)), judged[0], judged[1], judged[3])
	}
	return s, len(arms) > 0
}

// estimator says how the latencies were made of the runs.
func (r *Report) estimator() string {
	const median = "the median over processes of the median over blocks."
	alone := slices.ContainsFunc(r.Arms, func(a judge.ArmRecord) bool { return a.Role != bench.RoleBaseline && !finite(float64(a.Ratio)) })
	if alone {
		return "Each is " + median
	}
	return "That of the first model of each engine is " + median + " Ratios are to that model and measured in pairs, so that what slows all models at once does not count; the other latencies are the first one times the ratio."
}

// LatencyOf is the latency of an arm, in nanoseconds: that of the baseline times the arm's ratio, so that a ratio is that of the two
// numbers next to it. An arm without a ratio has its own median.
func (r *Report) LatencyOf(a judge.ArmRecord) int64 {
	for _, b := range r.Arms {
		if b.Key == a.Key && b.Role == bench.RoleBaseline && a.Role != bench.RoleBaseline && finite(float64(a.Ratio)) && a.Ratio > 0 {
			by := float64(a.Ratio)
			if c, ok := r.comparison(a); ok {
				by = float64(c.Ratio)
			}
			return int64(math.Round(float64(b.Median) * by))
		}
	}
	return a.Median
}

// LatencyBounds are the ends of the interval of that latency, in nanoseconds; NaN where unknown. Those of the baseline are the bounds of
// its median, those of the others are those of the ratio.
func (r *Report) LatencyBounds(a judge.ArmRecord) [2]bench.Float {
	nan := bench.Float(math.NaN())
	unknown := [2]bench.Float{nan, nan}
	if a.Role == bench.RoleBaseline {
		t := tailOf(a, 0.5)
		if t.LowRank > 0 {
			unknown[0] = t.Low
		}
		if t.HighRank > 0 {
			unknown[1] = t.High
		}
		return unknown
	}
	for _, b := range r.Arms {
		if b.Key == a.Key && b.Role == bench.RoleBaseline {
			ci := a.CI
			if c, ok := r.comparison(a); ok {
				ci = c.CI
			}
			return [2]bench.Float{ci[0] * bench.Float(b.Median), ci[1] * bench.Float(b.Median)}
		}
	}
	return unknown
}

// SettingOf is the setting of a key; the zero one where there is none.
func (r *Report) SettingOf(k bench.Key) judge.Setting {
	for _, s := range r.Settings {
		if s.Key == k {
			return s
		}
	}
	return judge.Setting{Key: k}
}

// Model is the file of the model that the report is about, without its folder; "" where the report does not tell.
func (r *Report) Model() string {
	if r.Fuse == nil {
		return ""
	}
	return path.Base(strings.ReplaceAll(r.Fuse.Input.Path, `\`, "/"))
}

// cpuTime is the time of an arm on the CPU; a dash where the system does not tell.
func cpuTime(a judge.ArmRecord) string {
	if a.CPU == nil {
		return "–"
	}
	return human.Milliseconds(*a.CPU)
}

// engineNotes says of each engine how far it chooses its kernels by chance, and what was set for the
// measurement only.
func (r *Report) engineNotes() []string {
	var lines []string
	note := func(s judge.Setting, text string) {
		if line := engine(s.Backend, s.Provider) + ": " + text + "."; text != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for _, s := range r.Settings {
		if s.Engine == nil {
			continue
		}
		note(s, precision(s.Engine.Precision))
		note(s, s.Engine.Choice)
		if s.Engine.Idle != "" {
			note(s, "all models ran with "+s.Engine.Idle+", which keeps the idle threads of one from slowing another; alone a model can take another time")
		}
	}
	return lines
}

// precision says in words what an engine computes float32 in.
func precision(name string) string {
	return map[string]string{
		"fp32": "float32 is computed as such, TF32 is off",
		"tf32": "float32 may be multiplied in TF32, of 10 bits",
		"fp16": "float32 may be computed in float16",
		"bf16": "float32 may be computed in bfloat16",
	}[name]
}

// clock says what the times of a setting are, where they are not those of the host.
func (r *Report) clock(k bench.Key) string {
	for _, s := range r.Settings {
		if s.Key == k && s.OnGPU() {
			return ", GPU compute"
		}
	}
	return ""
}

// ownClocks explains the times of engines that time themselves, if there are any.
func (r *Report) ownClocks() string {
	for _, s := range r.Settings {
		if s.OnGPU() {
			return " Those called GPU compute are of the GPU alone, without copies, and not comparable with the others."
		}
	}
	return ""
}

// intervalHeader names the interval of the ratios.
func (r *Report) intervalHeader() string {
	if len(r.Comparisons) > 0 {
		return confidence(r.Comparisons[0]) + " interval"
	}
	return "90 % interval"
}

// Ordered lists the arms to show by setting: baseline, as trained, candidates.
func (r *Report) Ordered() []judge.ArmRecord {
	var arms []judge.ArmRecord
	for i := 0; i < len(r.Arms); {
		end := i
		for end < len(r.Arms) && r.Arms[end].Setting == r.Arms[i].Setting {
			end++
		}
		for _, role := range []string{bench.RoleBaseline, bench.RoleAsTrained, bench.RoleCandidate} {
			for _, a := range r.Arms[i:end] {
				if a.Role == role {
					arms = append(arms, a)
				}
			}
		}
		i = end
	}
	return arms
}

// Label says what an arm is to the run: a path says less than "fused".
func (r *Report) Label(name string) string {
	switch {
	case r.Fuse == nil:
	case r.Fuse.Output != nil && name == r.Fuse.Output.Path:
		return "fused"
	case r.Baseline != nil && name == r.Baseline.Path:
		return "baseline"
	case name == r.Fuse.Input.Path:
		return "as trained"
	}
	return name
}

// judged is the ratio of an arm with its interval, margin and verdict.
func (r *Report) judged(a judge.ArmRecord) []string {
	switch a.Role {
	case bench.RoleBaseline:
		return []string{"1", "", "", ""}
	case bench.RoleAsTrained:
		return []string{ratio(float64(a.Ratio)), interval(float64(a.CI[0]), float64(a.CI[1])), "", "not judged"}
	}
	c, ok := r.comparison(a)
	if !ok {
		return []string{ratio(float64(a.Ratio)), "", "", ""}
	}
	return []string{
		ratio(float64(c.Ratio)), interval(float64(c.CI[0]), float64(c.CI[1])), within(float64(c.DeltaStar)), word(c.Verdict),
	}
}

func (r *Report) comparison(a judge.ArmRecord) (judge.Comparison, bool) {
	for _, c := range r.Comparisons {
		if c.Key == a.Key && c.Candidate == a.Name {
			return c, true
		}
	}
	return judge.Comparison{}, false
}

// word is a verdict in words.
func word(v judge.Verdict) string {
	if v == judge.NotShown {
		return "not shown"
	}
	return string(v)
}

// SettingName names an engine with batch and threads.
func SettingName(k bench.Key) string {
	sizes := ""
	if k.Sizes != "" {
		sizes = ", " + k.Sizes
	}
	return fmt.Sprintf("%s, batch %d%s, %s", engine(k.Backend, k.Provider), k.Batch, sizes, human.Count(k.Threads, "thread"))
}

// occasion says when and on which machine the measurement was made.
func (r *Report) occasion() string {
	parts := []string{"Measured " + r.Started + " on " + cmp.Or(r.Host.CPU.Brand, "an unknown processor")}
	if n := r.Host.CPU.LogicalCores; n > 0 {
		parts = append(parts, human.Count(n, "logical core"))
	}
	if s := r.Host.System; s.Kernel != "" {
		parts = append(parts, s.OS+" "+s.Kernel)
	}
	for _, g := range r.Host.GPUs {
		parts = append(parts, g.Name)
	}
	return strings.Join(parts, ", ") + "."
}

// costs shows what the arms take apart from time.
func (r *Report) costs() (Section, bool) {
	s := Section{
		Title: "Beside latency",
		Table: newTable("engine", "model", ">opens in", ">first run", ">peak memory", ">file", ">optimised", ">throughput"),
		Notes: []string{
			"What a model takes to open and its first run are medians over processes, and decide nothing unless a gate asks. Optimised is the size of the model that the engine makes of the file.",
			"Peak memory is that of a process with this model alone. Throughput is that of copies running at once, the models one after the other: it is no latency and decides nothing.",
		},
	}
	last, worth := -1, false
	for _, a := range r.Ordered() {
		where := ""
		if a.Setting != last {
			where, last = SettingName(a.Key), a.Setting
		}
		opens, first, peak, size, optimised, rate := "–", "–", "–", "–", "–", "–"
		if a.Load != nil {
			opens, worth = human.Milliseconds(*a.Load), true
		}
		if a.First != nil {
			first, worth = human.Milliseconds(*a.First), true
		}
		if a.PeakRSS != nil {
			peak, worth = human.Bytes(*a.PeakRSS), true
		}
		if a.Bytes > 0 {
			size, worth = human.Bytes(a.Bytes), true
		}
		if a.Plan != nil && a.Plan.Bytes > 0 {
			optimised, worth = human.Bytes(a.Plan.Bytes), true
		}
		if t := a.Throughput; t != nil && finite(float64(t.PerSecond)) {
			rate, worth = fmt.Sprintf("%s/s, %s", human.Thousands(int64(t.PerSecond)), human.Count(t.Streams, "stream")), true
		}
		s.Table.add(where, r.Label(a.Name), opens, first, peak, size, optimised, rate)
		for _, n := range a.Notes {
			s.Items = append(s.Items, fmt.Sprintf("%s: %s.", r.Label(a.Name), n))
		}
	}
	return s, worth || len(s.Items) > 0
}

// engine names an engine: "ort cpu".
func engine(backend, provider string) string {
	if provider == "" || provider == backend {
		return backend
	}
	return backend + " " + provider
}
