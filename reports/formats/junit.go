package formats

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// junitFormat is for programs that build software and show tests: each check and each gate is a case. What was not run is a case that
// was skipped, and so is a verdict that no gate asks for.
type junitFormat struct{}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string      `xml:"name,attr"`
	Tests      int         `xml:"tests,attr"`
	Failures   int         `xml:"failures,attr"`
	Errors     int         `xml:"errors,attr"`
	Skipped    int         `xml:"skipped,attr"`
	Timestamp  string      `xml:"timestamp,attr,omitempty"`
	Properties *junitList  `xml:"properties"`
	Cases      []junitCase `xml:"testcase"`
}

type junitList struct {
	Properties []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr,omitempty"` // seconds: the latency that the case is about
	Skipped *junitMessage `xml:"skipped"`
	Failure *junitMessage `xml:"failure"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"` // of lines that are safe to print
}

// File implements [reports.Filer].
func (junitFormat) File() string { return "junit.xml" }

// Write implements [reports.Format].
func (junitFormat) Write(to reports.Output, doc reports.Document) error {
	all := junitSuites{Name: "acdeploy"}
	for _, suite := range suitesOf(doc) {
		if len(suite.Cases) == 0 {
			continue
		}
		suite.count()
		all.Tests, all.Failures, all.Skipped = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Skipped+suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(to, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(to)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\n")
	return err
}

// suitesOf are the suites of a document.
func suitesOf(doc reports.Document) []junitSuite {
	switch doc := doc.(type) {
	case *reports.Report:
		return []junitSuite{junitResult(doc), junitFuse(doc), junitAnswers(doc), junitLatency(doc), junitControls(doc), junitEngines(doc)}
	case *reports.Trend:
		return []junitSuite{junitTrend(doc)}
	}
	var list []junitSuite
	for _, c := range compared(doc) {
		list = append(list, junitCompared(c))
	}
	return list
}

// count sums up a suite, and makes its texts such that XML can hold them and a log can show them.
func (s *junitSuite) count() {
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Class = "acdeploy." + s.Name
		c.Name, c.Output = human.Printable(c.Name), human.Printable(c.Output)
		for _, m := range []*junitMessage{c.Failure, c.Skipped} {
			if m != nil {
				m.Message = human.Printable(m.Message)
			}
		}
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

// printableLines are texts that names in them cannot break.
func printableLines(lines []string) string {
	var safe []string
	for _, line := range lines {
		safe = append(safe, human.Printable(line))
	}
	return strings.Join(safe, "\n")
}

// junitResult is the run as a whole, with the numbers of the conclusion.
func junitResult(r *reports.Report) junitSuite {
	s := junitSuite{Name: "result"}
	c := r.Concluded()
	if c == nil {
		return s
	}
	s.Timestamp = c.Started
	s.Properties = &junitList{[]junitProperty{
		{"headline", human.Printable(c.Headline)},
		{"passed", strconv.FormatBool(c.Passed)},
		{"exit_code", strconv.Itoa(c.ExitCode)},
		{"speedup", plainNumber(float64(c.Speedup))},
		{"latency", string(c.Latency)},
		{"answers", string(c.Answers)},
		{"engines_not_run", strconv.Itoa(c.Skipped)},
	}}
	run := junitCase{Name: "run", Output: c.Headline}
	if !c.Passed {
		var why []string
		for _, reason := range c.Reasons {
			why = append(why, reason.Code+": "+reason.Text)
		}
		run.Failure = &junitMessage{Message: c.Headline, Text: printableLines(why)}
	}
	s.Cases = []junitCase{run}
	return s
}

// junitFuse says whether the passes made anything of the model.
func junitFuse(r *reports.Report) junitSuite {
	s := junitSuite{Name: "fuse"}
	f := r.Fuse
	if f == nil {
		return s
	}
	one := junitCase{Name: "passes", Output: fmt.Sprintf("%s, %d left as they were", human.Count(len(f.Rewrites), "rewrite"), len(f.Refusals))}
	switch {
	case f.Rejected != "":
		one.Failure = &junitMessage{Message: f.Rejected}
	case f.NothingFused != "":
		one.Skipped = &junitMessage{Message: "nothing fused: " + f.NothingFused}
	}
	s.Cases = []junitCase{one}
	return s
}

// junitAnswers is the proof, and each check with an engine.
func junitAnswers(r *reports.Report) junitSuite {
	s := junitSuite{Name: "answers"}
	v := r.Verify
	if v == nil {
		return s
	}
	proof := junitCase{Name: "proof", Output: "proof: " + string(v.Proof)}
	if difference := v.ProofFault(); difference != "" {
		proof.Failure = &junitMessage{Message: difference}
	}
	s.Cases = append(s.Cases, proof)
	for i, check := range v.Checks {
		one := junitCase{Name: fmt.Sprintf("check %d: %s", i+1, check.Backend)}
		var wrong []string
		for _, o := range check.Outputs {
			line := fmt.Sprintf("output %s: %s", o.Name, reports.Excess(o))
			if !o.Equal {
				wrong = append(wrong, line)
			}
		}
		if !check.Equal() {
			if len(wrong) == 0 {
				wrong = []string{"no output was compared"}
			}
			one.Failure = &junitMessage{Message: wrong[0], Text: printableLines(wrong)}
		}
		s.Cases = append(s.Cases, one)
	}
	return s
}

// junitLatency is each gate of each comparison. Without a gate that asks for it, a verdict is no failure.
func junitLatency(r *reports.Report) junitSuite {
	s := junitSuite{Name: "latency", Timestamp: r.Started}
	for _, c := range r.Comparisons {
		about := fmt.Sprintf("%s on %s", r.Label(c.Candidate), reports.SettingName(c.Key))
		seconds := ""
		for _, a := range r.Arms {
			if a.Key == c.Key && a.Name == c.Candidate {
				seconds = plainNumber(float64(r.LatencyOf(a)) / 1e9)
			}
		}
		for _, g := range r.GatesOf(c) {
			one := junitCase{Name: g.Name + " of " + about, Time: seconds, Output: r.Sentence(c)}
			switch {
			case c.Verdict == judge.Invalid:
				one.Failure = &junitMessage{Message: c.Reason, Text: human.Printable(r.Sentence(c))}
			case g.Passed != nil && !*g.Passed:
				one.Failure = &junitMessage{Message: g.Reason, Text: human.Printable(r.Sentence(c))}
			case g.Passed == nil && !judge.RequireEquivalent.Passes(c.Verdict):
				one.Skipped = &junitMessage{Message: "no gate asks for it: " + c.Reason}
			}
			s.Cases = append(s.Cases, one)
		}
	}
	return s
}

// junitControls are those of the measurement itself.
func junitControls(r *reports.Report) junitSuite {
	s := junitSuite{Name: "measurement", Timestamp: r.Started}
	for _, c := range r.Controls {
		one := junitCase{Name: c.Name + " on " + reports.SettingName(c.Key)}
		if c.Candidate != "" {
			one.Name += " for " + r.Label(c.Candidate)
		}
		switch c.State {
		case judge.Fail:
			one.Failure = &junitMessage{Message: c.Detail}
		case judge.Absent:
			one.Skipped = &junitMessage{Message: c.Detail}
		case judge.Warn:
			one.Output = "warning: " + c.Detail
		default:
			one.Output = c.Detail
		}
		s.Cases = append(s.Cases, one)
	}
	return s
}

// junitEngines are those that were not run.
func junitEngines(r *reports.Report) junitSuite {
	s := junitSuite{Name: "engines"}
	for _, skip := range r.NotRun() {
		s.Cases = append(s.Cases, junitCase{
			Name:    strings.TrimSpace(skip.Backend + " " + skip.Provider),
			Skipped: &junitMessage{Message: skip.Reason, Text: human.Printable(skip.Remedy)},
		})
	}
	return s
}
