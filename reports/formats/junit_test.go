package formats_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// junitRead is what programs read of JUnit's XML.
type junitRead struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name       string `xml:"name,attr"`
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"properties>property"`
		Cases []struct {
			Name    string   `xml:"name,attr"`
			Time    *float64 `xml:"time,attr"`
			Output  string   `xml:"system-out"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func junit(t *testing.T, r *reports.Report) (read junitRead, states map[string]string) {
	t.Helper()
	if err := xml.Unmarshal([]byte(reporttest.Rendered(t, "junit", false, r)), &read); err != nil {
		t.Fatal(err)
	}
	states = map[string]string{}
	for _, s := range read.Suites {
		for _, c := range s.Cases {
			state := "passed"
			switch {
			case c.Failure != nil:
				state = "failed: " + c.Failure.Message
			case c.Skipped != nil:
				state = "skipped: " + c.Skipped.Message
			}
			if _, twice := states[s.Name+"/"+c.Name]; twice {
				t.Errorf("%s/%s is there twice", s.Name, c.Name)
			}
			states[s.Name+"/"+c.Name] = state
		}
	}
	return read, states
}

// TestJUnitHasACasePerCheckAndGate counts what passed, what failed and what was skipped.
func TestJUnitHasACasePerCheckAndGate(t *testing.T) {
	read, states := junit(t, reporttest.Hostile())
	if want := 1 + 1 + 5 + 2 + 2 + 1; read.Tests != want || read.Failures != 4 || read.Skipped != 1 || len(states) != want {
		t.Errorf("%d cases, %d failed, %d skipped: %v", read.Tests, read.Failures, read.Skipped, states)
	}
	const where = " of fused on ort cpu, batch 1, 1 thread"
	for name, begin := range map[string]string{
		"result/run":                                            "failed: FAILED with exit code 6",
		"fuse/passes":                                           "passed",
		"answers/proof":                                         "passed",
		"answers/check 1: reference, unrounded":                 "passed",
		"answers/check 2: ort cpu, not optimised":               "failed: output <script>alert(1)</script>: ",
		"latency/latency" + where:                               "failed: slower, required is equivalent",
		"latency/speedup_min" + where:                           "passed",
		"measurement/a_a_control on ort cpu, batch 1, 1 thread": `failed: conv\u001b[2J\n`,
		"engines/tensorrt":                                      "skipped: <script>",
	} {
		if !strings.HasPrefix(states[name], begin) || begin == "passed" && states[name] != begin {
			t.Errorf("%s is %q, not %q", name, states[name], begin)
		}
	}
}

// TestJUnitFailsNothingThatNoGateAsksFor: a run that passes has no case that failed, and says what is slower all the same.
func TestJUnitFailsNothingThatNoGateAsksFor(t *testing.T) {
	r := reporttest.Whole()
	r.Comparisons[0].Verdict = judge.Slower
	read, states := junit(t, r)
	if read.Failures != 0 || read.Skipped != 1 {
		t.Errorf("%v", states)
	}
	r.Comparisons[0].Verdict = judge.Invalid
	if read, states = junit(t, r); read.Failures != 1 {
		t.Errorf("an invalid measurement: %v", states)
	}
}
