package reports

import (
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/acdeploy/acdeploy/internal/human"
)

// maxCell is the longest cell, in characters: a column is as wide as its widest cell in every row.
const maxCell = 120

// table is what a section shows in rows. The first row of a group names it; further rows of the group
// leave its first cells empty.
type table struct {
	header []string
	right  []bool // columns of numbers
	rows   [][]string
}

// newTable makes a table of columns; a header that begins with ">" is of a column of numbers.
func newTable(headers ...string) *table {
	t := &table{right: make([]bool, len(headers)), header: make([]string, len(headers))}
	for i, h := range headers {
		t.header[i] = h
		if h != "" && h[0] == '>' {
			t.header[i], t.right[i] = h[1:], true
		}
	}
	return t
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = human.Clip(human.Printable(cells[i]), maxCell)
	}
	t.rows = append(t.rows, cells)
}

// render draws the table with the given renderer, every cell escaped.
func (t *table) render(w io.Writer, with tw.Renderer, escape func(string) string) error {
	aligns := make([]tw.Align, len(t.right))
	for i, right := range t.right {
		aligns[i] = tw.AlignLeft
		if right {
			aligns[i] = tw.AlignRight
		}
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
	}
	drawn := tablewriter.NewTable(w, tablewriter.WithRenderer(with),
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}))
	header := make([]any, len(t.header))
	for i, h := range t.header {
		header[i] = h
	}
	drawn.Header(header...)
	for _, row := range t.rows {
		cells := make([]any, len(row))
		for i, c := range row {
			cells[i] = escape(c)
		}
		if err := drawn.Append(cells...); err != nil {
			return err
		}
	}
	return drawn.Render()
}

// terminal draws with lines, of plain characters only when ascii is set.
func terminal(ascii bool) tw.Renderer {
	style := tw.StyleRounded
	if ascii {
		style = tw.StyleASCII
	}
	return renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(style)})
}

// markdown draws as GitHub reads it.
func markdown() tw.Renderer { return renderer.NewMarkdown() }
