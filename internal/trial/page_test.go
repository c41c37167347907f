package main

import "testing"

// TestPage writes tables and lists; a long list is cut.
func TestPage(t *testing.T) {
	p := &page{}
	p.head("a", "b")
	p.row("1", "2")
	p.setups([]setup{{"r", "cpu", 2}, {"r", "cpu", 2}})
	p.list("None", nil)
	if got, want := p.String(), "| a | b |\n| --- | ---: |\n| 1 | 2 |\n- 2 rows: cpu, 2 cores, acdeploy r.\n\n## None\n\nNone.\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	long := &page{}
	long.list("Long", make([]string, mostListed+3))
	if got := long.String(); got[len(got)-len("- and 3 more\n\n"):] != "- and 3 more\n\n" {
		t.Errorf("%q", got)
	}
}
