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

// Write implements [reports.Format]. The whole of a run ends with the result, where the eye is when a command ends. What is brief begins
// with it, and so does a document of several reports.
func (tableFormat) Write(to reports.Output, doc reports.Document) error {
	page := doc.Page()
	sections := slices.Clone(page.Evidence)
	_, one := doc.(*reports.Report)
	switch {
	case page.Result == nil:
	case one && !to.Brief:
		sections = append(sections, *page.Result)
	default:
		first := []reports.Section{*page.Result}
		if page.Summary != nil {
			first = append(first, *page.Summary)
		}
		if sections = append(first, sections...); to.Brief {
			sections = first
		}
	}
	for i, s := range sections {
		sections[i] = narrowed(s, to.Width)
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
