package reports

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// terminalWidth is the width of paragraphs, in characters.
const terminalWidth = 100

// tableFormat is for terminals and logs.
type tableFormat struct{}

// Write implements [Format]. The result comes last, where the eye is when a command ends.
func (tableFormat) Write(to Output, doc Document) error {
	page := doc.Page()
	sections := slices.Clone(page.Evidence)
	if page.Result != nil {
		sections = append(sections, *page.Result)
	}
	return write(to, sections, func() layout { return terminalLayout(to.ASCII) })
}

func terminalLayout(ascii bool) layout {
	style := tw.StyleRounded
	if ascii {
		style = tw.StyleASCII
	}
	return layout{
		heading:   func(s string) string { return s + "\n" },
		paragraph: func(s string) string { return wrap(s, "", terminalWidth) },
		item:      func(s string) string { return "- " + wrap(s, "  ", terminalWidth-2) },
		escape:    func(s string) string { return s },
		tables:    renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(style)}),
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
