package html

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// state is how good something is. It is the name of a class of the style.
type state string

const (
	good    state = "good"
	unknown state = "unknown" // not shown, not run, not asked for
	bad     state = "bad"
)

// light is the answer to one question, as a word with a colour.
type light struct {
	Question, Word string
	State          state
}

// ofReport fills in what only a report has.
func (v *view) ofReport(r *reports.Report, page reports.Page) {
	v.Report, v.Title, v.Word, v.State = true, "acdeploy report", "Measured", unknown
	if r.Fuse != nil {
		v.Title += ": " + human.Printable(r.Fuse.Input.Path)
	}
	c := r.Concluded()
	if c == nil {
		if page.Result != nil {
			v.Headline = strings.Join(page.Result.Lead, " ")
		}
	} else {
		v.Word, v.Headline, _ = strings.Cut(human.Printable(c.Headline), ". ")
		v.Word = strings.TrimSuffix(v.Word, ".")
		v.State = bad
		if c.Passed {
			v.State = good
		}
		v.When = when(c.Started, c.Finished)
		v.Lights = lights(c, r.Incomplete)
	}
	v.Pictures = pictures(r)
	if string(r.Config) != "null" {
		v.Config = indented(r.Config)
	}
}

func when(started, finished string) string {
	switch {
	case started == "" && finished == "":
		return ""
	case started == "":
		return "Ended " + finished
	case finished == "":
		return "Started " + started
	}
	return "Started " + started + ", ended " + finished
}

// indented is the configuration for people. Its text is that of files of the user's.
func indented(config json.RawMessage) string {
	var out bytes.Buffer
	if err := json.Indent(&out, config, "", "  "); err != nil {
		return ""
	}
	return human.Printable(out.String(), '\n')
}

// lights are the answers to the three questions of a release.
func lights(c *reports.Conclusion, incomplete bool) []light {
	return []light{answersLight(c.Answers), latencyLight(c.Latency, incomplete), completenessLight(c, incomplete)}
}

func answersLight(a reports.Answers) light {
	l := light{Question: "Answers", Word: "not compared", State: unknown}
	switch a {
	case reports.AnswersSame:
		l.Word, l.State = "the same", good
	case reports.AnswersDiffer:
		l.Word, l.State = "DIFFERENT", bad
	}
	return l
}

func latencyLight(word reports.Latency, incomplete bool) light {
	l := light{Question: "Latency", Word: "not measured", State: unknown}
	switch {
	case word == reports.LatencyNotMeasured:
	case word == reports.LatencyNoBaseline:
		l.Word = "measured, without a baseline"
	case incomplete: // what there is gives no verdict
		l.Word = "measured in part only"
	case word == reports.Latency(judge.Equivalent):
		l.Word, l.State = "as fast as the baseline", good
	case word == reports.Latency(judge.Faster):
		l.Word, l.State = "faster than the baseline", good
	case word == reports.Latency(judge.NotShown):
		l.Word = "not shown to be as fast"
	case word == reports.Latency(judge.Slower):
		l.Word, l.State = "SLOWER than the baseline", bad
	case word == reports.Latency(judge.Invalid):
		l.Word, l.State = "measurement INVALID", bad
	}
	return l
}

func completenessLight(c *reports.Conclusion, incomplete bool) light {
	l := light{Question: "Completeness", State: unknown}
	interrupted := incomplete
	for _, r := range c.Reasons {
		interrupted = interrupted || r.Code == reports.ReasonInterrupted
	}
	switch {
	case slices.ContainsFunc(c.Reasons, func(r reports.Reason) bool { return r.Code == reports.ReasonUnfinished }):
		l.Word, l.State = "UNFINISHED", bad
	case interrupted:
		l.Word, l.State = "INTERRUPTED", bad
	case c.Skipped > 0:
		l.Word = human.Count(c.Skipped, "engine") + " not run"
	case c.Answers == reports.AnswersNotCompared && c.Latency == reports.LatencyNotMeasured:
		l.Word = "nothing compared, nothing measured"
	case c.Answers == reports.AnswersNotCompared:
		l.Word = "answers not compared"
	case c.Latency == reports.LatencyNotMeasured:
		l.Word = "latency not measured"
	default:
		l.Word, l.State = "everything was run", good
	}
	return l
}
