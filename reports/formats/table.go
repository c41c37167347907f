package formats

import (
	"slices"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// paragraphWidth is the width of paragraphs, in characters, where the output may be wider.
const paragraphWidth = 100

// tableFormat is for terminals and logs.
type tableFormat struct{}

// File implements [reports.Filer].
func (tableFormat) File() string { return "report.txt" }

// Write implements [reports.Format]. The whole ends with the result, where the eye is when a command ends; what is brief begins with
// it.
func (tableFormat) Write(to reports.Output, doc reports.Document) error {
	page := doc.Page()
	sections := slices.Clone(page.Evidence)
	if to.Brief && page.Result != nil {
		sections = []reports.Section{*page.Result}
		if page.Summary != nil {
			sections = append(sections, *page.Summary)
		}
	} else if page.Result != nil {
		sections = append(sections, *page.Result)
	}
	for i, s := range sections {
		sections[i].Table = fit(s.Table, to.Width)
	}
	return write(to, sections, func() layout { return terminalLayout(to) })
}

func terminalLayout(to reports.Output) layout {
	style := tw.StyleRounded
	if to.ASCII {
		style = tw.StyleASCII
	}
	width := paragraphWidth
	if to.Width > 0 {
		width = max(min(width, to.Width), leastWidth)
	}
	return layout{
		heading:   func(s string) string { return human.Wrap(s, "", width) + "\n" },
		paragraph: func(s string) string { return human.Wrap(s, "", width) + "\n" },
		item:      func(s string) string { return "- " + human.Wrap(s, "  ", width-2) + "\n" },
		escape:    func(s string) string { return s },
		tables:    renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(style)}),
	}
}
