package formats

import (
	"strings"

	"github.com/olekukonko/tablewriter/renderer"

	"github.com/acdeploy/acdeploy/reports"
)

// markdownFormat is for pages that render GitHub's Markdown.
type markdownFormat struct{}

// File implements [reports.Filer].
func (markdownFormat) File() string { return "report.md" }

// Write implements [reports.Format]. The result comes first, where a reader of a page looks.
func (markdownFormat) Write(to reports.Output, doc reports.Document) error {
	page := doc.Page()
	sections := page.Evidence
	if page.Result != nil {
		sections = append([]reports.Section{*page.Result}, sections...)
	}
	return write(to, sections, markdownLayout)
}

func markdownLayout() layout {
	return layout{
		heading:   func(s string) string { return "## " + s + "\n" },
		paragraph: func(s string) string { return s + "\n" },
		item:      func(s string) string { return "- " + s + "\n" },
		escape:    escapeMarkdown,
		tables:    renderer.NewMarkdown(),
		between:   "\n",
	}
}

// escapeMarkdown keeps names from becoming markup. A page of GitHub also makes links of addresses and of what it takes
// for people and issues, and formulas of what is between dollar signs: only an element around the sign keeps it from that.
func escapeMarkdown(s string) string {
	pairs := []string{
		`\`, `\\`, "|", `\|`, "&", "&amp;", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "~", `\~`,
		"@", "<span>@</span>", "$", "<span>$</span>", "://", `:\/\/`, "www.", `www\.`, "WWW.", `WWW\.`,
	}
	for digit := '0'; digit <= '9'; digit++ {
		pairs = append(pairs, "#"+string(digit), "<span>#</span>"+string(digit))
	}
	s = strings.NewReplacer(append(pairs, "#", `\#`)...).Replace(s)
	if strings.HasPrefix(s, ">") { // a quotation
		return `\` + s
	}
	return s
}
