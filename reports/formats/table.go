package formats

import (
	"slices"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// terminalWidth is the width of paragraphs, in characters.
const terminalWidth = 100

// tableFormat is for terminals and logs.
type tableFormat struct{}

// Write implements [reports.Format]. The result comes last, where the eye is when a command ends.
func (tableFormat) Write(to reports.Output, doc reports.Document) error {
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
		paragraph: func(s string) string { return human.Wrap(s, "", terminalWidth) + "\n" },
		item:      func(s string) string { return "- " + human.Wrap(s, "  ", terminalWidth-2) + "\n" },
		escape:    func(s string) string { return s },
		tables:    renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(style)}),
	}
}
