package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/ledger"
)

// TestPage writes tables and lists; a long list is cut.
func TestPage(t *testing.T) {
	p := &page{}
	p.Head("a", "b")
	p.Row("1", "2")
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

// compared holds a page against the file that it is made from.
func compared[T any](t *testing.T, path string, render func([]T) string) {
	t.Helper()
	rows, err := ledger.Read[T](path + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("there are no rows")
	}
	want, err := os.ReadFile(path + ".md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), render(rows)); diff != "" {
		t.Errorf("%s.md is stale; trial with -page writes it again:\n%s", path, diff)
	}
}

// TestCommittedPages holds the pages against what was seen.
func TestCommittedPages(t *testing.T) {
	compared(t, "../../docs/verify-study", mutantPage)
	compared(t, "../../docs/wild", wildPage)
}
