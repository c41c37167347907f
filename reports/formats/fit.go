package formats

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// leastWidth is the narrowest output that is laid out for, and leastCell the narrowest column of text, in characters.
const (
	leastWidth = 20
	leastCell  = 6
)

// narrowed is a section whose table fits the output. One with too many columns for that becomes a list, an item for each row.
func narrowed(s reports.Section, width int) reports.Section {
	whole := s.Table
	s.Table = fit(whole, width)
	if whole == nil || width == 0 || total(s.Table) <= width {
		return s
	}
	var rows []string
	for _, row := range whole.Rows {
		item := []string{strings.TrimSpace(row[0])}
		for i, cell := range row[1:] {
			if cell != "" {
				item = append(item, whole.Columns[i+1].Title+" "+cell)
			}
		}
		rows = append(rows, strings.Join(item, "; "))
	}
	s.Table, s.Items = nil, append(rows, s.Items...)
	return s
}

// total is how wide a table is.
func total(t *reports.Table) int {
	sum := 1 // a line before each column and one after the last, and a space on both sides of each cell
	for _, w := range widthsOf(t) {
		sum += w + 3
	}
	return sum
}

// widthsOf are the widths of the columns of a table.
func widthsOf(t *reports.Table) []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Title)
		for _, row := range t.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

// fit makes a table as narrow as the output, if it can: the widest column of text loses the beginning of its longest cells, as often as
// it takes. Numbers stay whole, and so do verdicts; a heading takes several rows. A width of 0 is none.
func fit(t *reports.Table, width int) *reports.Table {
	if t == nil || width == 0 {
		return t
	}
	widths, total := widthsOf(t), total(t)
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
		if strings.Join(row[1:], "") == "" { // a heading of the rows below
			lines := strings.Split(human.Wrap(row[0], "", widths[0]), "\n")
			for _, line := range lines[:len(lines)-1] {
				narrow.Rows = append(narrow.Rows, append([]string{human.Clip(line, widths[0])}, row[1:]...))
			}
			cells[0] = lines[len(lines)-1]
		}
		for i := range cells {
			cells[i] = human.Clip(cells[i], widths[i])
		}
		narrow.Rows = append(narrow.Rows, cells)
	}
	return narrow
}
