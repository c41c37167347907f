package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// result is what a release engineer reads first: the headline, then what failed, what was left out, and what to do.
func (r *Report) result() (Section, bool) {
	s := Section{Title: "Result"}
	c := r.Concluded()
	if c != nil {
		s.Lead = []string{c.Headline}
		for _, reason := range c.Reasons {
			if reason.Code == ReasonInterrupted || reason.Code == ReasonMissing && len(r.NotRun()) > 0 {
				continue // the headline says the one, and the lines below the other
			}
			if line := upper(strings.TrimSuffix(reason.Text, ".")) + "."; !slices.Contains(s.Items, line) {
				s.Items = append(s.Items, line)
			}
		}
	}
	if f := r.Fuse; f != nil && f.NothingFused != "" {
		s.Items = append(s.Items, "NOTHING FUSED: "+f.NothingFused+".")
	}
	if f := r.Fuse; f != nil && f.Rejected != "" {
		s.Items = append(s.Items, fmt.Sprintf("REJECTED: the fused model is kept as %s.", f.Output.Path))
	}
	if r.Verify != nil && (c == nil || c.Answers != AnswersSame) {
		s.Items = append(s.Items, r.Verify.sentence())
	}
	if c == nil {
		s.Items = append(s.Items, r.sentences()...)
	}
	if r.Incomplete {
		s.Items = append(s.Items, "The measurement was interrupted. What it had is in the report.")
	}
	for _, skip := range r.NotRun() {
		s.Items = append(s.Items, SkipLine(skip))
	}
	if r.Fuse != nil && !r.baselineGiven() && r.isRun() {
		s.Items = append(s.Items, "No baseline was given, so it is not shown that the fused model is as fast as the plain network. What to do: name the plain network as baseline.")
	}
	if path := cmp.Or(r.PagePath, r.Path); path != "" {
		s.Items = append(s.Items, "Report: "+path)
	}
	return s, len(s.Lead)+len(s.Items) > 0
}

// NotRun are the engines that were not run, each once, whatever part of the run wanted it.
func (r *Report) NotRun() []backends.Skip {
	all := slices.Clone(r.Skipped)
	if r.Verify != nil {
		all = append(all, r.Verify.Skipped...)
	}
	var once []backends.Skip
	for _, skip := range all {
		if !slices.ContainsFunc(once, func(s backends.Skip) bool { return s.Backend == skip.Backend && s.Reason == skip.Reason }) {
			once = append(once, skip)
		}
	}
	return once
}

// SkipLine says that an engine was not run, why, and what to do.
func SkipLine(skip backends.Skip) string {
	line := fmt.Sprintf("Not run: %s: %s.", engine(skip.Backend, skip.Provider), strings.TrimSuffix(skip.Reason, "."))
	if skip.Remedy != "" {
		line += " What to do: " + strings.TrimSuffix(skip.Remedy, ".") + "."
	}
	return line
}

// upper begins a sentence. A first word that is no plain word, such as a path, stays as it is.
func upper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if first == "" || strings.ContainsFunc(strings.TrimRight(first, ",:;"), func(r rune) bool { return !unicode.IsLetter(r) }) {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// verdicts are the statistics behind the headline. Where there is none, they are in its place.
func (r *Report) verdicts() (Section, bool) {
	s := Section{Title: "Verdicts", Items: r.sentences()}
	return s, r.Conclusion != nil && len(s.Items) > 0
}

// sentences are one for each candidate, and one that counts them.
func (r *Report) sentences() []string {
	var list []string
	equivalent := 0
	for _, c := range r.Comparisons {
		list = append(list, r.Sentence(c))
		if c.Verdict == judge.Equivalent {
			equivalent++
		}
	}
	if n := len(r.Comparisons); n > 1 {
		list = append(list, fmt.Sprintf("%d of %d comparisons are equivalent, each judged by itself.", equivalent, n))
	}
	return list
}

// isRun reports whether a measurement belongs to what was run: it was tried, or a configuration asks
// for it.
func (r *Report) isRun() bool {
	return r.Started != "" || len(r.Skipped) > 0 || string(r.Config) != "null"
}

// baselineGiven reports whether there is a baseline to be as fast as, whether or not the run came to measure it.
func (r *Report) baselineGiven() bool {
	var config struct {
		Baseline string `json:"baseline"`
	}
	_ = json.Unmarshal(r.Config, &config) // what is no configuration names none
	return r.Baseline != nil || config.Baseline != ""
}

// sentence is the outcome of the verification.
func (v *Verify) sentence() string {
	if v.Equal {
		return "The answers are the same: " + strings.Join(v.checkedBy(), "; ") + "."
	}
	if d := v.difference(); d != "" {
		return "THE ANSWERS DIFFER: " + d + "."
	}
	if v.Incomplete != "" {
		return "THE ANSWERS WERE NOT SHOWN TO BE THE SAME: the comparison came to no end: " + strings.TrimSuffix(v.Incomplete, ".") + "."
	}
	return "THE ANSWERS WERE NOT SHOWN TO BE THE SAME: nothing was checked."
}

// checkedBy says by what the answers are known.
func (v *Verify) checkedBy() []string {
	var names []string
	for _, c := range v.Checks {
		if !slices.Contains(names, c.Backend) {
			names = append(names, c.Backend)
		}
	}
	switch {
	case len(names) > 0:
		return names
	case v.Algebra != nil && v.Algebra.Regions == 0:
		return []string{"the graph is the same"}
	}
	return []string{"each rewritten region, in float64"}
}

// difference is the first thing that differs; "" where nothing is known to.
func (v *Verify) difference() string {
	if d := v.proofDifference(); d != "" {
		return d
	}
	for _, c := range v.Checks {
		for _, o := range c.Outputs {
			if !o.Equal {
				return fmt.Sprintf("%s: output %s: %s", c.Backend, o.Name, Excess(o))
			}
		}
	}
	return ""
}

// proofDifference is what differs apart from what engines answer.
func (v *Verify) proofDifference() string {
	if v.Algebra != nil && !v.Algebra.Equal() {
		w := v.Algebra.Worst
		return fmt.Sprintf("value %s, which node %s computes, is off by %s of its scale in float64, the limit is %s",
			w.Value, w.Node, difference(float64(w.MaxRel)), difference(float64(w.Bound)))
	}
	if v.Bytes.Off(v.Proof != verify.RoundingOnly) {
		return v.Bytes.String()
	}
	return ""
}

// ProofFault says what keeps the proof from holding, whatever the engines answer; "" for nothing.
func (v *Verify) ProofFault() string {
	if d := v.proofDifference(); d != "" {
		return d
	}
	if v.Incomplete != "" {
		return "the comparison came to no end: " + v.Incomplete
	}
	return ""
}

// Excess says how far an output is off.
func Excess(o verify.Output) string {
	if !finite(float64(o.MaxRel)) && o.Detail != "" {
		return o.Detail
	}
	return fmt.Sprintf("%s where %s is allowed", difference(float64(o.MaxRel)), difference(float64(o.Tolerance)))
}

// Sentence is the verdict about a candidate in one sentence, with everything that it rests on.
func (r *Report) Sentence(c judge.Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "On %s: ", SettingName(c.Key))
	if finite(float64(c.Ratio)) {
		fmt.Fprintf(&b, "%s median latency ratio %s", over(r.Label(c.Candidate), r.Label(c.Baseline)), ratio(float64(c.Ratio)))
		if finite(float64(c.CI[0])) && finite(float64(c.CI[1])) {
			fmt.Fprintf(&b, " (%s CI %s–%s; %s)", confidence(c), ratio(float64(c.CI[0])), ratio(float64(c.CI[1])), r.design(c))
		}
		b.WriteString("; ")
	}
	b.WriteString(outcome(c))
	if finite(float64(c.DeltaStar)) {
		fmt.Fprintf(&b, "; smallest supported margin %s", within(float64(c.DeltaStar)))
	}
	if finite(float64(c.ControlDelta)) {
		fmt.Fprintf(&b, "; A/A control %s", within(float64(c.ControlDelta)))
	}
	switch c.Plan.State {
	case judge.PlansEqual:
		b.WriteString("; execution plans identical")
	case judge.PlansReordered, judge.PlansDiffer:
		fmt.Fprintf(&b, "; execution plans: %s", planWord(c.Plan))
	}
	b.WriteString(".")
	return b.String()
}

// confidence is that of the interval: "90 %".
func confidence(c judge.Comparison) string {
	if v := float64(c.Confidence); finite(v) && v > 0 {
		return human.Percent(v)
	}
	return "90 %"
}

// over names a ratio of two models.
func over(candidate, baseline string) string {
	if strings.Contains(candidate+baseline, "/") {
		return candidate + " over " + baseline + ":"
	}
	return candidate + "/" + baseline
}

// design says on how much the comparison rests.
func (r *Report) design(c judge.Comparison) string {
	processes := fmt.Sprintf("%d fresh processes", c.Units)
	for _, s := range r.Settings {
		if s.Key == c.Key && s.Schedule.Blocks > 0 {
			return fmt.Sprintf("%s × %s", processes, human.Count(s.Schedule.Blocks, "block"))
		}
	}
	return processes
}

// outcome is the verdict with its reason.
func outcome(c judge.Comparison) string {
	margin := within(float64(c.Margin))
	switch c.Verdict {
	case judge.Equivalent:
		return fmt.Sprintf("equivalent within %s (TOST %s)", margin, probability(float64(c.P))) + resolvable(c) + contradiction(c)
	case judge.Faster:
		return fmt.Sprintf("faster by more than %s", strings.TrimPrefix(margin, "±")) + contradiction(c)
	case judge.Slower:
		return fmt.Sprintf("SLOWER by more than %s", strings.TrimPrefix(margin, "±")) + contradiction(c)
	case judge.NotShown:
		return fmt.Sprintf("NOT SHOWN to be equivalent within %s: %s; not slower by more than %s: %s",
			margin, c.Reason, strings.TrimPrefix(margin, "±"), probability(float64(c.PNonInferior)))
	}
	return "the measurement is INVALID: " + c.Reason
}

// resolvable says that a difference is there, though it lies within the margin.
func resolvable(c judge.Comparison) string {
	low, high := float64(c.CI[0]), float64(c.CI[1])
	switch size := human.Percent(math.Abs(float64(c.Ratio) - 1)); {
	case low > 1:
		return ", with a resolvable slowdown of " + size
	case high < 1:
		return ", with a resolvable gain of " + size
	}
	return ""
}

// contradiction says that the time on the CPU tells something else than the wall time.
func contradiction(c judge.Comparison) string {
	switch c.CPUVerdict {
	case "", c.Verdict, judge.NotShown:
		return ""
	}
	return fmt.Sprintf("; time on the CPU CONTRADICTS, by it the verdict would be %s (ratio %s)", word(c.CPUVerdict), ratio(float64(c.CPURatio)))
}
