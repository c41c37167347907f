package formats

import (
	"slices"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// leastWidth is the narrowest output that is laid out for, and leastCell the narrowest column of text, in characters.
const (
	leastWidth = 20
	leastCell  = 6
)

// fit makes a table as narrow as the output, if it can: the widest column of text loses the beginning of its longest cells, as often as
// it takes. Numbers stay whole, and so do verdicts. A width of 0 is none.
func fit(t *reports.Table, width int) *reports.Table {
	if t == nil || width == 0 {
		return t
	}
	widths := make([]int, len(t.Columns))
	total := 1 // a line before each column and one after the last, and a space on both sides of each cell
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Title)
		for _, row := range t.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		total += widths[i] + 3
	}
	for total > width {
		widest := -1
		for i, c := range t.Columns {
			if !c.Numbers && !c.Whole && widths[i] > leastCell && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	narrow := &reports.Table{Columns: slices.Clone(t.Columns)}
	for i := range narrow.Columns {
		narrow.Columns[i].Title = human.Clip(narrow.Columns[i].Title, widths[i])
	}
	for _, row := range t.Rows {
		cells := slices.Clone(row)
		for i := range cells {
			cells[i] = human.Clip(cells[i], widths[i])
		}
		narrow.Rows = append(narrow.Rows, cells)
	}
	return narrow
}
