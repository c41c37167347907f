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

func TestPageOfEveryReport(t *testing.T) {
	for _, c := range reporttest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			page := render(t, c.Report)
			if !c.Large {
				reporttest.Golden(t, c.Name+".html", page)
			}
			wellFormed(t, page)
			harmless(t, page)
		})
	}
}

// A row that has a first cell only is a heading for the rows below it.
func TestRowsUnderAHeading(t *testing.T) {
	r := reporttest.ManyComparisons()
	if page := render(t, r); !strings.Contains(page, `<tr><th scope="colgroup" colspan="5">ort cpu, batch 16, 1 thread</th></tr>`) {
		t.Error("the name of a setting is one cell of many")
	}
}

// The page of a comparison has the words and tables, and no lights.
func TestPageOfAComparison(t *testing.T) {
	page := render(t, reports.NewCompare(reporttest.Whole(), reporttest.Whole(), judge.LatencyGate{}))
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
