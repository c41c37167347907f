package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// Conclusion is what a run comes to. It is computed once, from everything else in the report, and every format takes it from
// here.
type Conclusion struct {
	Passed   bool     `json:"passed"`    // whether every check and gate passed
	ExitCode int      `json:"exit_code"` // of the command; 0 when it passed
	Reasons  []Reason `json:"reasons"`   // why it did not pass
	// Gates are what was asked for, one by one.
	Gates []GateResult `json:"gates"`
	// Headline is all of it in plain words, a few sentences.
	Headline string `json:"headline"`
	// Speedup is the latency of the model as trained over that of the fused one: 1.73 is 1.73 times as fast. Of several engines
	// it is the least. Null where it was not measured.
	Speedup   bench.Float    `json:"speedup"`
	SpeedupCI [2]bench.Float `json:"speedup_ci"` // the interval of that ratio
	Latency   Latency        `json:"latency"`    // of several engines the worst
	Answers   Answers        `json:"answers"`    // whether the fused model answers as the original does
	Fused     *FusedCounts   `json:"fused"`      // null where nothing was rewritten yet
	Skipped   int            `json:"skipped"`    // engines that were not run
	Started   string         `json:"started"`    // RFC 3339; "" where unknown
	Finished  string         `json:"finished"`   // RFC 3339; "" where unknown
}

// Latency says how the fused model compares with the baseline: a [judge.Verdict], or one of the words below.
type Latency string

// The words for latencies that were not judged.
const (
	LatencyNotMeasured Latency = "not_measured"
	LatencyNoBaseline  Latency = "no_baseline" // measured, with nothing to be as fast as
)

// Answers says how the answers of the fused model compare with those of the model as trained.
type Answers string

// The words for answers.
const (
	AnswersSame        Answers = "same"
	AnswersDiffer      Answers = "differ"
	AnswersNotCompared Answers = "not_compared"
)

// FusedCounts is what became of the convolutions.
type FusedCounts struct {
	Before   int            `json:"conv_before"`        // convolutions as trained
	After    int            `json:"conv_after"`         // convolutions after the rewrites
	Baseline *int           `json:"conv_baseline"`      // null without one
	Refusals map[string]int `json:"refusals_by_reason"` // nodes that were left, by the word for the reason
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
	ReasonUnfinished  = "unfinished"  // the run was killed, or is not over yet
)

// Conclude computes what follows from the rest of the report. How the run ended is for the caller to say.
func (r *Report) Conclude() {
	if r.Conclusion == nil {
		r.Conclusion = &Conclusion{Passed: true}
	}
	c := r.Conclusion
	c.Speedup, c.SpeedupCI = r.speedup()
	c.Latency, c.Answers, c.Fused = r.latencyWord(), r.answersWord(), r.counts()
	c.Skipped, c.Gates = len(r.NotRun()), r.gateResults()
	c.Headline = r.headline()
}

// Concluded is the conclusion; that of a report of before there was one is computed now.
func (r *Report) Concluded() *Conclusion {
	if r.Conclusion == nil || r.Conclusion.Headline != "" {
		return r.Conclusion
	}
	old := *r
	ended := *r.Conclusion
	old.Conclusion = &ended
	old.Conclude()
	return old.Conclusion
}

// speedup is the least speedup over the model as trained; NaN where none was measured.
func (r *Report) speedup() (bench.Float, [2]bench.Float) {
	nan := bench.Float(math.NaN())
	least, interval := nan, [2]bench.Float{nan, nan}
	for _, c := range r.Comparisons {
		s := c.Speedup
		if r.isTrained(s.Over) && finite(float64(s.Ratio)) && s.Ratio > 0 && !(s.Ratio >= least) {
			least, interval = s.Ratio, s.CI
		}
	}
	return least, interval
}

// isTrained reports whether a model of the measurement is the one as trained.
func (r *Report) isTrained(name string) bool {
	if r.Fuse != nil {
		return name == r.Fuse.Input.Path
	}
	return slices.ContainsFunc(r.Arms, func(a judge.ArmRecord) bool { return a.Role == bench.RoleAsTrained && a.Name == name })
}

// latencyWord is the worst verdict.
func (r *Report) latencyWord() Latency {
	switch {
	case len(r.Comparisons) == 0:
		return LatencyNotMeasured
	case r.Fuse != nil && r.Baseline == nil:
		return LatencyNoBaseline
	}
	best := []judge.Verdict{judge.Faster, judge.Equivalent, judge.NotShown, judge.Slower, judge.Invalid}
	worst := slices.MaxFunc(r.Comparisons, func(a, b judge.Comparison) int {
		return slices.Index(best, a.Verdict) - slices.Index(best, b.Verdict)
	})
	return Latency(worst.Verdict)
}

func (r *Report) answersWord() Answers {
	switch v := r.Verify; {
	case v == nil:
		return AnswersNotCompared
	case v.Equal:
		return AnswersSame
	case v.difference() != "":
		return AnswersDiffer
	}
	return AnswersNotCompared
}

// counts is what became of the convolutions; nil where the passes did not run.
func (r *Report) counts() *FusedCounts {
	f := r.Fuse
	if f == nil {
		return nil
	}
	counts := &FusedCounts{Before: f.Before.Ops["Conv"], After: f.After.Ops["Conv"], Refusals: map[string]int{}}
	if r.Baseline != nil {
		n := r.Baseline.Ops["Conv"]
		counts.Baseline = &n
	}
	for _, refusal := range f.Refusals {
		counts.Refusals[refusal.Reason]++
	}
	return counts
}

// Outcome is what a report came to by itself.
type Outcome struct {
	Report string      `json:"report"` // where it lies
	Result *Conclusion `json:"result"` // null for a measurement alone
}

// outcomes are those of reports.
func outcomes(all ...*Report) []Outcome {
	list := []Outcome{}
	for _, r := range all {
		list = append(list, Outcome{r.Path, r.Concluded()})
	}
	return list
}

// outcomeTable shows outcomes side by side.
func outcomeTable(all []Outcome) Section {
	s := Section{Title: "What each report says", Table: newTable("report")}
	for i := range all {
		name := strconv.Itoa(i + 1)
		if len(all) == 2 {
			name = []string{"first", "second"}[i]
		}
		s.Table.Columns = append(s.Table.Columns, Column{Title: name})
	}
	row := func(what string, of func(*Conclusion) string) {
		cells, told := []string{what}, false
		for _, o := range all {
			text := "–"
			if o.Result != nil {
				text = cmp.Or(of(o.Result), "–")
			}
			cells, told = append(cells, text), told || text != "–"
		}
		if told {
			s.Table.add(cells...)
		}
	}
	row("result", (*Conclusion).word)
	row("against the baseline", func(c *Conclusion) string { return strings.ReplaceAll(string(c.Latency), "_", " ") })
	row("speedup over as trained", func(c *Conclusion) string {
		return strings.TrimSpace(strings.Trim(ratio(float64(c.Speedup)), "–") + " " + interval(float64(c.SpeedupCI[0]), float64(c.SpeedupCI[1])))
	})
	row("answers", func(c *Conclusion) string { return strings.ReplaceAll(string(c.Answers), "_", " ") })
	row("convolutions, as trained → fused", func(c *Conclusion) string {
		if c.Fused == nil {
			return ""
		}
		return fmt.Sprintf("%d → %d", c.Fused.Before, c.Fused.After)
	})
	row("left as they were", func(c *Conclusion) string {
		if c.Fused == nil {
			return ""
		}
		n := 0
		for _, k := range c.Fused.Refusals {
			n += k
		}
		return human.Count(n, "node")
	})
	row("not run", func(c *Conclusion) string { return human.Count(c.Skipped, "engine") })
	row("ended", func(c *Conclusion) string { return c.Finished })
	if len(s.Table.Rows) == 0 {
		s.Table, s.Lead = nil, []string{"The reports are measurements alone; they hold no result."}
	}
	return s
}
