// Package claims finds what the text of a report says that is not true of the report. It is for tests.
package claims

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

var (
	tag     = regexp.MustCompile(`(?s)<style>.*?</style>|<pre>.*?</pre>|<[^>]*>`)
	lineEnd = regexp.MustCompile(`([^|+\n])\n *([^|+\s])`)
)

// Plain is the words of a text that a format made: without tags of HTML, and without line ends but for those of tables.
func Plain(text string) string {
	if strings.HasPrefix(text, "<!doctype html>") {
		text = html.UnescapeString(tag.ReplaceAllString(text, " "))
	}
	return lineEnd.ReplaceAllString(text, "$1 $2")
}

// False lists the statements of a plain text that are not true of the report that it was made of, and what it
// should say and does not.
func False(r *reports.Report, text string) []string {
	var list []string
	for _, c := range claims(r) {
		for _, words := range c.words {
			switch says := strings.Contains(text, words); {
			case says && !c.true:
				list = append(list, fmt.Sprintf("it says %q, which is not true", words))
			case !says && c.true && !c.optional:
				list = append(list, fmt.Sprintf("it does not say %q", words))
			}
		}
	}
	return append(list, quotients(text)...)
}

// claim is words that are true of a report, or not. What is true has to be said, unless it is optional.
type claim struct {
	true, optional bool
	words          []string
}

// claims are what a report may say, and when.
func claims(r *reports.Report) []claim {
	c := r.Concluded()
	because := func(code string) bool {
		return slices.ContainsFunc(c.Reasons, func(x reports.Reason) bool { return x.Code == code })
	}
	interrupted, unfinished := because(reports.ReasonInterrupted), because(reports.ReasonUnfinished)
	verdict := func(v judge.Verdict) bool {
		return slices.ContainsFunc(r.Comparisons, func(c judge.Comparison) bool { return c.Verdict == v })
	}
	same, differ := r.Verify != nil && r.Verify.Equal, c.Answers == reports.AnswersDiffer
	measured := len(r.Comparisons) > 0
	all := []claim{
		{c.Passed, false, []string{"PASSED"}},
		{unfinished, false, []string{"UNFINISHED", "The run was killed, is not over yet, or could not write its report"}},
		{!c.Passed && interrupted, false, []string{"INTERRUPTED"}},
		{!c.Passed && !interrupted && !unfinished, false, []string{fmt.Sprintf("FAILED with exit code %d", c.ExitCode)}},
		{r.Incomplete, false, []string{"The measurement was interrupted."}},
		{same, false, []string{"ame answers (proof: " + proofOf(r)}},
		{differ, false, []string{"DIFFERENT ANSWERS", "THE ANSWERS DIFFER"}},
		{!same && !differ, false, []string{"nswers not compared"}},
		{!measured, false, []string{"atency not measured"}},
	}
	for words, is := range map[string]bool{
		"No baseline was given":             r.Fuse != nil && !baselineGiven(r),
		"no baseline to be as fast as":      measured && r.Fuse != nil && !baselineGiven(r),
		"× faster than as trained":          c.Speedup >= 1,
		"SLOWER than as trained":            c.Speedup < 1 && c.SpeedupCI[1] <= 1,
		"as fast as the plain baseline":     (verdict(judge.Equivalent) || verdict(judge.NotShown)) && baselineGiven(r),
		"SLOWER by more than":               verdict(judge.Slower),
		"NOT SHOWN to be equivalent":        verdict(judge.NotShown),
		"the measurement is INVALID":        verdict(judge.Invalid),
		"othing was checked":                r.Verify != nil && len(r.Verify.Checks) == 0 && r.Verify.Algebra == nil,
		"the first one times the ratio":     everyRatio(r),
		"everything was run":                measured && (same || differ) && !r.Incomplete && !interrupted && !unfinished && c.Skipped == 0,
		"The answers are the same":          same,
		"rewrites in":                       r.Fuse != nil,
		"until nothing was left to do":      r.Fuse != nil && r.Fuse.Converged,
		"NOTHING FUSED":                     r.Fuse != nil && r.Fuse.NothingFused != "",
		"REJECTED: the fused model is kept": r.Fuse != nil && r.Fuse.Rejected != "",
		"Equal in exact arithmetic":         same,
	} {
		all = append(all, claim{is, true, []string{words}})
	}
	for _, s := range r.NotRun() {
		all = append(all, claim{true, false, []string{"Not run", human.Printable(s.Backend)}})
	}
	return all
}

func proofOf(r *reports.Report) string {
	if r.Verify == nil {
		return ""
	}
	return string(r.Verify.Proof)
}

// everyRatio reports whether each model but the first has a ratio to it.
func everyRatio(r *reports.Report) bool {
	return !slices.ContainsFunc(r.Arms, func(a judge.ArmRecord) bool {
		return a.Role != bench.RoleBaseline && math.IsNaN(float64(a.Ratio))
	})
}

// baselineGiven reports whether the run was given a baseline, whether or not it came to use it.
func baselineGiven(r *reports.Report) bool {
	var config struct{ Baseline string }
	_ = json.Unmarshal(r.Config, &config) // of a report without a configuration there is none
	return r.Baseline != nil || config.Baseline != ""
}

// quotients finds ratios in the tables of a text that are not those of the latencies beside them, as they are printed.
func quotients(text string) []string {
	var list []string
	latency, ratio, first, firstOff := -1, -1, math.NaN(), 0.0
	for line := range strings.Lines(text) {
		cells := strings.FieldsFunc(strings.TrimSpace(line), func(r rune) bool { return r == '|' || r == '│' })
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case slices.Contains(cells, "latency"):
			latency, ratio = slices.Index(cells, "latency"), slices.Index(cells, "ratio")
			continue
		case len(cells) <= max(latency, ratio) || latency < 0 || ratio < 0:
			if len(cells) == 0 {
				latency = -1
			}
			continue
		}
		ms, off := printed(strings.TrimSuffix(cells[latency], " ms"))
		v, round := printed(cells[ratio])
		switch {
		case math.IsNaN(ms) || math.IsNaN(v): // it has none
		case cells[ratio] == "1":
			first, firstOff = ms, off
		case !(math.Abs(ms-v*first) <= off+v*firstOff+round*first):
			list = append(list, fmt.Sprintf("the ratio %s stands beside %s, over %g ms it is %.4f", cells[ratio], cells[latency], first, ms/first))
		}
	}
	return list
}

// printed reads a number, and by how much it may be off for having been rounded; NaN for what is none.
func printed(s string) (v, off float64) {
	s = strings.NewReplacer("\u202f", "", "\u00a0", "", " ", "").Replace(s)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN(), 0
	}
	_, decimals, _ := strings.Cut(s, ".")
	return v, 0.501 * math.Pow(10, -float64(len(decimals)))
}
