package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/tw"
)

// page is what a report says, before it takes a form.
type page []section

// section is a heading with sentences, a table, and notes below it.
type section struct {
	title string
	lead  []string // sentences above the table
	table *table   // may be nil
	notes []string // sentences below the table
}

// style is a form that a page can take.
type style struct {
	title, lead, note string // formats of a line each
	gap               string // above a heading
	escape            func(string) string
	tables            func() tw.Renderer
}

// write writes the page.
func (p page) write(w io.Writer, s style) error {
	out := &sink{w: w}
	for i, part := range p {
		if i > 0 {
			out.print(s.gap)
		}
		out.print(fmt.Sprintf(s.title, s.escape(part.title)))
		for _, line := range part.lead {
			out.print(fmt.Sprintf(s.lead, s.escape(clean(line))))
		}
		if part.table != nil && out.err == nil {
			out.err = part.table.render(w, s.tables(), s.escape)
		}
		for _, line := range part.notes {
			out.print(fmt.Sprintf(s.note, s.escape(clean(line))))
		}
	}
	return out.err
}

// sink writes until the first error and keeps it.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) print(text string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, text)
	}
}

// terminalStyle is for terminals and logs; ascii draws lines with plain characters.
func terminalStyle(ascii bool) style {
	return style{
		title: "%s\n", lead: "%s\n", note: "%s\n", gap: "\n",
		escape: func(s string) string { return s },
		tables: func() tw.Renderer { return terminal(ascii) },
	}
}

// markdownStyle is for pages that render GitHub's Markdown.
func markdownStyle() style {
	return style{
		title: "## %s\n\n", lead: "%s\n\n", note: "\n%s\n", gap: "\n",
		escape: escapeMarkdown, tables: markdown,
	}
}

// escapeMarkdown keeps names from becoming markup.
func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`).Replace(s)
}
