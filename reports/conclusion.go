package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// Outcome says how a run ended.
type Outcome struct {
	Passed   bool     `json:"passed"`
	ExitCode int      `json:"exit_code"` // of the command; 0 when it passed
	Reasons  []Reason `json:"reasons"`   // why it did not pass
}

// Reason is one reason why a run did not pass.
type Reason struct {
	Code string `json:"code"` // a stable word
	Text string `json:"text"` // as the command printed it
}

// The codes of reasons.
const (
	ReasonUsage       = "usage"       // the command line or the configuration is wrong
	ReasonFailed      = "failed"      // for the reason that the text tells, such as an unreadable model
	ReasonDiffer      = "differ"      // the answers differ
	ReasonMissing     = "missing"     // a required engine is not there, or none could run
	ReasonInvalid     = "invalid"     // the measurement is invalid or incomplete
	ReasonGate        = "gate"        // what the configuration requires was not shown
	ReasonInterrupted = "interrupted" // by a signal
)

// failures are the reasons of a run that did not pass which no other part of the report tells.
func (o *Outcome) failures() []string {
	if o == nil {
		return nil
	}
	var all []string
	for _, r := range o.Reasons {
		switch r.Code {
		case ReasonUsage, ReasonFailed:
			all = append(all, "FAILED: "+strings.TrimSuffix(r.Text, ".")+".")
		case ReasonInterrupted: // each stage may say so
			if interrupted := "INTERRUPTED: the run did not come to its end."; !slices.Contains(all, interrupted) {
				all = append(all, interrupted)
			}
		}
	}
	return all
}

// conclusion is what a release engineer reads first.
func (r *Report) conclusion() (Section, bool) {
	s := Section{Title: "Result", Items: r.Outcome.failures()}
	if f := r.Fuse; f != nil && f.NothingFused != "" {
		s.Items = append(s.Items, "NOTHING FUSED: "+f.NothingFused+".")
	}
	if f := r.Fuse; f != nil && f.Rejected != "" {
		s.Items = append(s.Items, fmt.Sprintf("REJECTED: the fused model is kept as %s: %s.", f.Output.Path, strings.TrimSuffix(f.Rejected, ".")))
	}
	if r.Verify != nil {
		s.Items = append(s.Items, r.sameAnswers())
	}
	for _, c := range r.Comparisons {
		s.Items = append(s.Items, r.Sentence(c))
	}
	s.Items = append(s.Items, r.tally()...)
	if len(r.Comparisons) == 0 && r.isRun() {
		s.Items = append(s.Items, "Latency was not measured.")
	}
	if r.Incomplete {
		s.Items = append(s.Items, "The measurement was interrupted; what it had is in the report.")
	}
	if r.Path != "" {
		s.Items = append(s.Items, "Report: "+r.Path)
	}
	return s, len(s.Items) > 0
}

// tally counts the verdicts of several comparisons.
func (r *Report) tally() []string {
	n, equivalent := len(r.Comparisons), 0
	if n < 2 {
		return nil
	}
	for _, c := range r.Comparisons {
		if c.Verdict == judge.Equivalent {
			equivalent++
		}
	}
	return []string{fmt.Sprintf("%d of %d comparisons are equivalent, each judged by itself.", equivalent, n)}
}

// isRun reports whether a measurement belongs to what was run: it was tried, or a configuration asks
// for it.
func (r *Report) isRun() bool {
	return r.Started != "" || len(r.Skipped) > 0 || string(r.Config) != "null"
}

// sameAnswers is the outcome of the verification in one sentence.
func (r *Report) sameAnswers() string {
	v := r.Verify
	if v.Equal {
		var names []string
		for _, c := range v.Checks {
			if !slices.Contains(names, c.Backend) {
				names = append(names, c.Backend)
			}
		}
		switch {
		case len(names) > 0:
		case v.Algebra != nil && v.Algebra.Regions == 0:
			names = []string{"the graph is the same"}
		default:
			names = []string{"each rewritten region, in float64"}
		}
		return "The answers are the same: " + strings.Join(names, "; ") + "."
	}
	if v.Algebra != nil && !v.Algebra.Equal() {
		w := v.Algebra.Worst
		return fmt.Sprintf("THE ANSWERS DIFFER: value %s, which node %s computes, is off by %s of its scale in float64, the limit is %s.",
			w.Value, w.Node, difference(float64(w.MaxRel)), difference(float64(w.Bound)))
	}
	if v.Bytes.Off(v.Proof != verify.RoundingOnly) {
		return "THE ANSWERS DIFFER: " + v.Bytes.String() + "."
	}
	for _, c := range v.Checks {
		for _, o := range c.Outputs {
			if !o.Equal {
				return fmt.Sprintf("THE ANSWERS DIFFER: %s: output %s: %s.", c.Backend, o.Name, excess(o))
			}
		}
	}
	if v.Incomplete != "" {
		return "THE ANSWERS WERE NOT SHOWN TO BE THE SAME: the comparison came to no end: " + strings.TrimSuffix(v.Incomplete, ".") + "."
	}
	return "THE ANSWERS WERE NOT SHOWN TO BE THE SAME: nothing was checked."
}

// excess says how far an output is off.
func excess(o verify.Output) string {
	if !finite(float64(o.MaxRel)) && o.Detail != "" {
		return o.Detail
	}
	return fmt.Sprintf("%s where %s is allowed", difference(float64(o.MaxRel)), difference(float64(o.Tolerance)))
}

// Sentence is the verdict about a candidate in one sentence, with everything that it rests on.
func (r *Report) Sentence(c judge.Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "On %s: ", setting(c.Key))
	if finite(float64(c.Ratio)) {
		fmt.Fprintf(&b, "%s median latency ratio %s", over(r.label(c.Candidate), r.label(c.Baseline)), ratio(float64(c.Ratio)))
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
