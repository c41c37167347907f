package reports

import (
	"strings"
	"testing"
)

func TestPageIsSafeToPrintAndCellsFit(t *testing.T) {
	table := newTable("name", ">number")
	table.add("a\x1b[2J"+strings.Repeat("x", maxCell), "1")
	evil := Section{Title: "t", Lead: []string{"\x07"}, Notes: []string{"\r"}, Items: []string{"\n"}, Table: table}
	p := newPage(evil).conclude(evil)
	for _, s := range append(p.Evidence, *p.Result) {
		if s.Lead[0] != `\u0007` || s.Notes[0] != `\r` || s.Items[0] != `\n` {
			t.Errorf("got %q, %q, %q", s.Lead, s.Notes, s.Items)
		}
		if got := []rune(s.Table.Rows[0][0]); len(got) != maxCell || got[0] != '…' {
			t.Errorf("a cell has %d characters, %q", len(got), string(got))
		}
	}
	if evil.Items[0] != "\n" || !strings.Contains(table.Rows[0][0], "\x1b") {
		t.Error("making a page changed what it was made of")
	}
	if c := table.Columns; c[0] != (Column{Title: "name"}) || c[1] != (Column{Title: "number", Numbers: true}) {
		t.Errorf("columns %v", c)
	}
}
