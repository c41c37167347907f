// Package html writes a report as one page: a file that needs no network and no script, for a screen of any width and for paper.
//
// The words and tables are those of [reports.Page], as in every other format. The pictures are drawn from the numbers of the
// report. Each has a title, a description and the table of what it shows.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/reports"
)

// Format is the page as a format of reports.
type Format struct{}

var _ reports.Format = Format{}

//go:embed page.gohtml
var pageText string

//go:embed style.css
var style string

// view is what the template shows.
type view struct {
	Title    string
	Policy   string // what a browser may load: the style, and nothing else
	Style    template.CSS
	Report   bool   // the document is that of a run or a measurement
	State    state  // of the whole
	Word     string // how the run ended
	Headline string
	When     string
	Lights   []light
	Items    []string // what failed, what was not run, and what to do
	Summary  *section
	Pictures []group
	Evidence []section
	Config   string // as used; "" where unknown
}

// headed is a document that no measurement is in, which knows what its page is called and in short what it says.
type headed interface {
	Heading() (title, word string)
}

// section is a part of the page with the name by which links find it.
type section struct {
	reports.Section
	ID string
}

// group is pictures under one heading.
type group struct {
	ID, Title string
	Charts    []chart
}

// Write implements [reports.Format]. The text is the same wherever the report lies.
func (Format) Write(to reports.Output, doc reports.Document) error {
	page, err := template.New("page").Funcs(template.FuncMap{"join": strings.Join, "heads": heads}).Parse(pageText)
	if err != nil {
		return err
	}
	var whole bytes.Buffer // a template writes in small pieces
	if err := page.Execute(&whole, newView(doc)); err != nil {
		return err
	}
	_, err = whole.WriteTo(to)
	return err
}

// heads says that a row of a table is a heading for those below it: it has a first cell only.
func heads(row []string) bool {
	return len(row) > 1 && row[0] != "" && strings.Join(row[1:], "") == ""
}

func newView(doc reports.Document) view {
	v := view{Title: "acdeploy", Policy: policy(), Style: template.CSS(style), Word: "Reports"} //nolint:gosec // The style is a file of this package.
	if r, ok := doc.(*reports.Report); ok {
		here := *r
		here.Path, here.PagePath = "", "" // a page need not tell where it is
		doc = &here
	}
	page := doc.Page()
	if page.Result != nil {
		v.Items = page.Result.Items
	}
	switch doc := doc.(type) {
	case *reports.Report:
		v.ofReport(doc, page)
	case *reports.Compare:
		v.ofCompare(doc, page)
	case *reports.Series:
		v.ofSeries(doc, page)
	case *reports.Trend:
		v.ofTrend(doc, page)
	case headed:
		v.Title, v.Word = doc.Heading()
		v.State, v.Headline = unknown, strings.Join(page.Result.Lead, " ")
	}
	if page.Summary != nil {
		v.Summary = &section{Section: *page.Summary, ID: "summary"}
	}
	for _, s := range page.Evidence {
		id := identifier(s.Title)
		if slices.ContainsFunc(v.Evidence, func(e section) bool { return e.ID == id }) { // a trend has lines of one model
			id = fmt.Sprintf("%s-%d", id, len(v.Evidence))
		}
		v.Evidence = append(v.Evidence, section{Section: s, ID: id})
	}
	return v
}

// policy allows the style of the page, known by its digest, and forbids everything else.
func policy() string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}

// identifier makes the name of a part of its title.
func identifier(title string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if words = append(words, w); len(words) == 4 {
			break
		}
	}
	return "about-" + strings.Join(words, "-")
}
