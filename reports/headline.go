package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// headline says in plain words what the run comes to: whether it passed, how fast the model is, whether its answers are the same,
// and what was not run.
func (r *Report) headline() string {
	var facts []string
	for _, fact := range []string{r.againstTrained(), r.againstBaseline(), r.answersFact()} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	text := r.Conclusion.word() + "."
	if len(facts) > 0 {
		text += " " + upper(strings.Join(facts, ", ")) + "."
	}
	var left []string
	for _, skip := range r.NotRun() {
		left = append(left, fmt.Sprintf("%s (%s)", engine(skip.Backend, skip.Provider), shortly(skip.Reason)))
	}
	if len(left) > 0 {
		text += " Not run: " + strings.Join(left, ", ") + "."
	}
	return text
}

// mostReason is how long the reason for an engine that was not run is in the headline, in characters. The whole stands below.
const mostReason = 60

// shortly is the beginning of a reason.
func shortly(reason string) string {
	reason, _, _ = strings.Cut(reason, " (")
	reason, _, _ = strings.Cut(reason, ": ")
	if runes := []rune(strings.TrimSuffix(reason, ".")); len(runes) > mostReason {
		return string(runes[:mostReason-1]) + "…"
	}
	return strings.TrimSuffix(reason, ".")
}

// word is how the run ended.
func (c *Conclusion) word() string {
	if c.Passed {
		return "PASSED"
	}
	for _, r := range c.Reasons {
		switch r.Code {
		case ReasonInterrupted:
			return "INTERRUPTED"
		case ReasonUnfinished:
			return "UNFINISHED"
		}
	}
	return fmt.Sprintf("FAILED with exit code %d", c.ExitCode)
}

// againstTrained says how much faster the fused model is than the one as trained. A measurement that is not valid, or was not
// finished, says nothing of it.
func (r *Report) againstTrained() string {
	x, ci := r.speedup()
	switch {
	case r.Incomplete || judge.Verdict(r.latencyWord()) == judge.Invalid:
		return ""
	case math.IsNaN(float64(x)):
		return ""
	case x < 1:
		word := "SLOWER than as trained"
		if ci[1] > 1 {
			word = "NOT SHOWN to be faster than as trained"
		}
		return fmt.Sprintf("%s, %s× its latency (%s)", word, times(1/float64(x)), r.between(1/float64(ci[1]), 1/float64(ci[0])))
	case !(ci[0] > 1):
		return fmt.Sprintf("NOT SHOWN to be faster than as trained (%s×, %s)", times(float64(x)), r.between(float64(ci[0]), float64(ci[1])))
	}
	least := ""
	if len(r.Comparisons) > 1 {
		least = "at least "
	}
	return fmt.Sprintf("%s%s× faster than as trained (%s)", least, times(float64(x)), r.between(float64(ci[0]), float64(ci[1])))
}

func times(x float64) string { return fmt.Sprintf("%.2f", x) }

// between is an interval of ratios, with how probable it is.
func (r *Report) between(low, high float64) string {
	if !finite(low) || !finite(high) {
		return "interval unknown"
	}
	return fmt.Sprintf("%s between %s and %s", confidence(r.Comparisons[0]), times(low), times(high))
}

// againstBaseline says how the latency compares with the plain network's. Of several engines the worst counts.
func (r *Report) againstBaseline() string {
	worst := r.latencyWord()
	switch {
	case worst == LatencyNotMeasured && r.isRun():
		return "latency not measured"
	case worst == LatencyNotMeasured:
		return ""
	case r.Incomplete:
		return "latency measured in part only"
	case worst == LatencyNoBaseline:
		return "no baseline to be as fast as"
	}
	var of judge.Comparison
	n := 0
	for _, c := range r.Comparisons {
		if c.Verdict == judge.Verdict(worst) {
			of, n = c, n+1
		}
	}
	where := ""
	if all := len(r.Comparisons); all > 1 {
		where = fmt.Sprintf(" in %d of %d comparisons", n, all)
		return plainly(of.Verdict) + where
	}
	switch of.Verdict {
	case judge.Equivalent:
		return fmt.Sprintf("%s (%s, shown within %s)", plainly(of.Verdict), ratio(float64(of.Ratio)), within(float64(of.DeltaStar)))
	case judge.Invalid:
		return plainly(of.Verdict)
	}
	return fmt.Sprintf("%s (%s, %s)", plainly(of.Verdict), ratio(float64(of.Ratio)), r.between(float64(of.CI[0]), float64(of.CI[1])))
}

// plainly is a verdict about the baseline in plain words.
func plainly(v judge.Verdict) string {
	switch v {
	case judge.Equivalent:
		return "as fast as the plain baseline"
	case judge.Faster:
		return "faster than the plain baseline"
	case judge.Slower:
		return "SLOWER than the plain baseline"
	case judge.NotShown:
		return "NOT SHOWN to be as fast as the plain baseline"
	}
	return "latency measured, but the measurement is INVALID"
}

// answersFact says whether the answers are the same, by which proof, and over how much data.
func (r *Report) answersFact() string {
	v := r.Verify
	switch r.answersWord() {
	case AnswersDiffer:
		return "DIFFERENT ANSWERS"
	case AnswersNotCompared:
		if r.isRun() || v != nil {
			return "answers not compared"
		}
		return ""
	}
	known := "proof: " + string(v.Proof)
	if data := v.overData(); data != "" {
		known += "; " + data
	}
	return "same answers (" + known + ")"
}

// overData says how many samples of the user's got the same class; "" where there are none with classes.
func (v *Verify) overData() string {
	for _, c := range v.Checks {
		for _, a := range c.Agreement {
			if a.Kind == verify.AgreeTop1 && c.Samples > 0 {
				return fmt.Sprintf("%.0f of %s", math.Round(float64(a.Value)*float64(c.Samples)), human.Count(c.Samples, "sample"))
			}
		}
	}
	return ""
}
