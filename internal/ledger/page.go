package ledger

import (
	"fmt"
	"strings"
)

// Page is a page of Markdown.
type Page struct{ strings.Builder }

// Line adds a line.
func (p *Page) Line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// Row adds a row of a table.
func (p *Page) Row(cells ...string) { p.Line("%s", "| "+strings.Join(cells, " | ")+" |") }

// Head starts a table; the first column holds text, the others numbers.
func (p *Page) Head(cells ...string) {
	p.Row(cells...)
	p.Line("%s", "| --- |"+strings.Repeat(" ---: |", len(cells)-1))
}
