package reports

import (
	"strings"

	"github.com/olekukonko/tablewriter/renderer"
)

// markdownFormat is for pages that render GitHub's Markdown.
type markdownFormat struct{}

// Write implements [Format]. The result comes first, where a reader of a page looks.
func (markdownFormat) Write(to Output, doc Document) error {
	page := doc.Page()
	sections := page.Evidence
	if page.Result != nil {
		sections = append([]Section{*page.Result}, sections...)
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

// escapeMarkdown keeps names from becoming markup.
func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`).Replace(s)
}
