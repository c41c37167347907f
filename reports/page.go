package reports

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/tw"

	"github.com/acdeploy/acdeploy/internal/human"
)

// page is what a report says, before it takes a form.
type page []section

// section is a heading with sentences, a table, and notes below it.
type section struct {
	title string
	lead  []string // sentences above the table
	table *table   // may be nil
	notes []string // sentences below the table, one paragraph
	items []string // a list below them
}

// style is a form that a page can take.
type style struct {
	heading   func(string) string
	paragraph func(string) string
	item      func(string) string
	escape    func(string) string
	tables    func() tw.Renderer
	between   string // above each part of a section
}

// write writes the page, an empty line between its sections.
func (p page) write(w io.Writer, s style) error {
	out := &sink{w: w}
	text := func(line string) string { return s.escape(human.Printable(line)) }
	for i, part := range p {
		if i > 0 {
			out.print("\n")
		}
		out.print(s.heading(s.escape(part.title)))
		for _, line := range part.lead {
			out.print(s.between)
			out.print(s.paragraph(text(line)))
		}
		if part.table != nil {
			out.print(s.between)
		}
		if part.table != nil && out.err == nil {
			out.err = part.table.render(w, s.tables(), s.escape)
		}
		if len(part.notes) > 0 {
			out.print(s.between)
			out.print(s.paragraph(text(strings.Join(part.notes, " "))))
		}
		if len(part.items) > 0 {
			out.print(s.between)
		}
		for _, line := range part.items {
			out.print(s.item(text(line)))
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

const terminalWidth = 100

// terminalStyle is for terminals and logs; ascii draws lines with plain characters.
func terminalStyle(ascii bool) style {
	return style{
		heading:   func(s string) string { return s + "\n" },
		paragraph: func(s string) string { return wrap(s, "", terminalWidth) },
		item:      func(s string) string { return "- " + wrap(s, "  ", terminalWidth-2) },
		escape:    func(s string) string { return s },
		tables:    func() tw.Renderer { return terminal(ascii) },
	}
}

// markdownStyle is for pages that render GitHub's Markdown.
func markdownStyle() style {
	return style{
		heading:   func(s string) string { return "## " + s + "\n" },
		paragraph: func(s string) string { return s + "\n" },
		item:      func(s string) string { return "- " + s + "\n" },
		escape:    escapeMarkdown,
		tables:    markdown,
		between:   "\n",
	}
}

// wrap breaks text between words into lines of at most width characters, where words allow it; lines
// after the first begin with indent.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n" + indent)
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String() + "\n"
}

// escapeMarkdown keeps names from becoming markup.
func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`).Replace(s)
}
