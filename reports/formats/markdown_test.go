package formats

import (
	"bytes"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// Names of a model are text, whatever characters they hold.
func TestMarkdownKeepsNamesFromBecomingMarkup(t *testing.T) {
	table := &reports.Table{Columns: []reports.Column{{Title: "name"}, {Title: "n", Numbers: true}}}
	table.Rows = [][]string{{"x|y*_[z]", "1"}}
	doc := pageOf{reports.Page{Evidence: []reports.Section{{Title: "<b>", Lead: []string{"`code`"}, Table: table, Items: []string{`back\slash`}}}}}
	var out bytes.Buffer
	if err := (markdownFormat{}).Write(reports.Output{Writer: &out}, doc); err != nil {
		t.Fatal(err)
	}
	want := "## &lt;b>\n\n\\`code\\`\n\n" +
		"| name          | n |\n|:--------------|--:|\n| x\\|y\\*\\_\\[z\\] | 1 |\n\n" +
		"- back\\\\slash\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestReliability6Markdown keeps names from becoming links, people, issues, formulas and characters of HTML.
func TestReliability6Markdown(t *testing.T) {
	for s, want := range map[string]string{
		"@team ping":            "<span>@</span>team ping",
		"a@b.example":           "a<span>@</span>b.example",
		"http://x.example/y":    `http:\/\/x.example/y`,
		"www.x.example":         `www\.x.example`,
		"$x^2$":                 "<span>$</span>x^2<span>$</span>",
		"#12":                   "<span>#</span>12",
		"# heading":             `\# heading`,
		"> quoted":              `\> quoted`,
		"&#64;team":             "&amp;<span>#</span>64;team",
		"a -> b, ~~c~~, Conv 3": `a -> b, \~\~c\~\~, Conv 3`,
	} {
		if got := escapeMarkdown(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

// pageOf is a document that is a page alone.
type pageOf struct{ page reports.Page }

func (d pageOf) Page() reports.Page { return d.page }

// The result comes first, where a reader of a page looks.
func TestMarkdownBeginsWithTheResult(t *testing.T) {
	doc := pageOf{reports.Page{Evidence: []reports.Section{{Title: "Evidence"}}, Result: &reports.Section{Title: "Result"}}}
	var out bytes.Buffer
	if err := (markdownFormat{}).Write(reports.Output{Writer: &out}, doc); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "## Result\n\n## Evidence\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
