package ledger

import "testing"

// TestPage writes a table.
func TestPage(t *testing.T) {
	var p Page
	p.Line("%d things", 2)
	p.Head("a", "b")
	p.Row("1", "2 %")
	if got, want := p.String(), "2 things\n| a | b |\n| --- | ---: |\n| 1 | 2 % |\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
