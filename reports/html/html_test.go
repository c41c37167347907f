package html_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/html"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

func render(t *testing.T, doc reports.Document) string {
	t.Helper()
	var out bytes.Buffer
	if err := (html.Format{}).Write(reports.Output{Writer: &out}, doc); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// cases are the reports of which pages are kept.
func cases() map[string]*reports.Report {
	return map[string]*reports.Report{
		"pass": reporttest.Whole(), "no_engine": reporttest.NoEngine(), "no_baseline": reporttest.NoBaseline(),
		"slower": slower(), "interrupted": interrupted(), "names": names(),
	}
}

func slower() *reports.Report {
	r := reporttest.Whole()
	r.Conclusion = &reports.Conclusion{ExitCode: 5, Reasons: []reports.Reason{{Code: reports.ReasonGate, Text: "latency: slower than the baseline"}}}
	c := &r.Comparisons[0]
	c.Verdict, c.Ratio, c.CI, c.Reason = judge.Slower, 1.071, [2]bench.Float{1.062, 1.08}, "the interval lies beyond the margin"
	c.UnitRatios = []bench.Float{1.06, 1.071, 1.082}
	r.Conclude()
	return r
}

func interrupted() *reports.Report {
	r := reports.New(reporttest.Fused(), nil, nil)
	r.Conclusion = &reports.Conclusion{ExitCode: 130, Reasons: []reports.Reason{{Code: reports.ReasonInterrupted, Text: "interrupted"}}, Started: "2026-11-23T12:00:00Z", Finished: "2026-11-23T12:00:09Z"}
	r.Conclude()
	return r
}

// evil is a name as an attacker would give it to a node.
const evil = `</title></style><script>alert(1)</script>"' onload=alert(1) ` + "\u05d0\u05d1 \u202e\x1b[2J\n"

func names() *reports.Report {
	r := reporttest.Whole()
	out := *r.Fuse.Output
	out.Path = evil + "fused"
	r.Fuse.Output, r.Fuse.Input.Path = &out, evil
	r.Fuse.Refusals[0].Node, r.Fuse.Refusals[0].Branches = evil, []string{evil, "3×3"}
	r.Verify.Checks[0].Outputs[0].Name = evil
	r.Comparisons[0].Candidate, r.Arms[2].Name = evil, evil
	r.Conclude()
	return r
}

func TestPageOfEveryReport(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			page := render(t, r)
			reporttest.Golden(t, name+".html", page)
			wellFormed(t, page)
			harmless(t, page)
		})
	}
}

// The page of a comparison has the words and tables, and no lights.
func TestPageOfAComparison(t *testing.T) {
	page := render(t, reports.NewCompare(reporttest.Whole(), reporttest.Whole()))
	wellFormed(t, page)
	harmless(t, page)
	if strings.Contains(page, "report.json beside") || !strings.Contains(page, `<details open="open">`) {
		t.Error("the page of a comparison is set as that of a report")
	}
}

// wellFormed reads the page as XML, which is stricter than a browser, and looks at every picture.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	ids, open, described := map[string]bool{}, []string{}, map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(open) > 0 && open[len(open)-1] == "svg" {
				described[e.Name.Local] = true
			}
			open = append(open, e.Name.Local)
			for _, a := range e.Attr {
				if a.Name.Local == "id" && ids[a.Value] {
					t.Errorf("two elements are called %s", a.Value)
				}
				ids[a.Value] = ids[a.Value] || a.Name.Local == "id"
			}
		case xml.EndElement:
			if e.Name.Local == "svg" && (!described["title"] || !described["desc"]) {
				t.Error("a picture has no title or no description")
			}
			if e.Name.Local == "svg" {
				described = map[string]bool{}
			}
			open = open[:len(open)-1]
		}
	}
	if strings.Count(page, "<svg") != strings.Count(page, "The numbers as a table") {
		t.Error("a picture has no table")
	}
}

// harmless finds what would run, or would load something.
func harmless(t *testing.T, page string) {
	t.Helper()
	for _, pattern := range []string{`(?i)<script`, `(?i)<[a-z][^<>]*\son[a-z]+\s*=`, `(?i)(src|href|url|action)\s*[=(]\s*["']?\s*(https?:|//|data:|javascript:)`, `(?i)\sstyle=`, `@import`, "\x1b", "\u202e", "ZgotmplZ", "NaN", `\+Inf`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;; style-src &#39;sha256-") && !strings.Contains(page, "default-src 'none'; style-src 'sha256-") {
		t.Error("the page has no policy")
	}
}
