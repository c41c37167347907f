package formats

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/acdeploy/acdeploy/reports"
)

// layout is how a format for people sets the parts of a page.
type layout struct {
	heading   func(string) string
	paragraph func(string) string
	item      func(string) string
	escape    func(string) string
	tables    tw.Renderer // for one table; it keeps its state
	between   string      // above each part of a section
}

// write writes sections, an empty line between them. Each table is drawn by a renderer of its own.
func write(w io.Writer, sections []reports.Section, with func() layout) error {
	out := &sink{w: w}
	for i, s := range sections {
		if i > 0 {
			out.print("\n")
		}
		out.section(s, with())
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

func (s *sink) section(part reports.Section, l layout) {
	s.print(l.heading(l.escape(part.Title)))
	for _, line := range part.Lead {
		s.print(l.between)
		s.print(l.paragraph(l.escape(line)))
	}
	if part.Table != nil {
		s.print(l.between)
		if s.err == nil {
			s.err = draw(s.w, part.Table, l)
		}
	}
	if len(part.Notes) > 0 {
		s.print(l.between)
		s.print(l.paragraph(l.escape(strings.Join(part.Notes, " "))))
	}
	if len(part.Items) > 0 {
		s.print(l.between)
	}
	for _, line := range part.Items {
		s.print(l.item(l.escape(line)))
	}
}

// draw draws a table, every cell escaped.
func draw(w io.Writer, t *reports.Table, l layout) error {
	aligns := make([]tw.Align, len(t.Columns))
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		header[i], aligns[i] = c.Title, tw.AlignLeft
		if c.Numbers {
			aligns[i] = tw.AlignRight
		}
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
	}
	drawn := tablewriter.NewTable(w, tablewriter.WithRenderer(l.tables),
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}))
	drawn.Header(header...)
	for _, row := range t.Rows {
		cells := make([]any, len(row))
		for i, c := range row {
			cells[i] = l.escape(c)
		}
		if err := drawn.Append(cells...); err != nil {
			return err
		}
	}
	return drawn.Render()
}
