package main

import (
	"strings"
	"testing"
)

// TestMutantPage counts what was noticed by way, kind, statement, type and head, and names what was missed.
func TestMutantPage(t *testing.T) {
	rows := []mutantRow{
		{
			Group: groupZoo, Network: "a", Type: "float", Head: "ArgMax", Mutants: 4, SameBytes: 1, SameValues: 1,
			Noticed: map[string]int{"memory tap algebra": 2, "file tap bytes": 2, "foreign tap outputs": 1},
			Told:    []string{"memory: swap of y: equal"}, Missed: []string{"foreign: tap of x: equal"},
		},
		{Group: groupZoo, Network: "b", Type: "float16", Head: "TopK", Skipped: "it is broken"},
	}
	got := mutantPage(rows)
	for _, want := range []string{
		"**4 mutants, of which 2 are equivalent. In three ways each: 5 noticed, 1 told of, 1 missed.**",
		"| memory | 0 | 2 | 0 | 0 | 0 | 2 |",
		"| file | 2 | 0 | 0 | 0 | 0 | 2 |",
		"| float | 0 of 0 | 0 of 0 | 5 of 6 | 0 of 0 | 0 of 0 |",
		"| zoo: a | 4 | 1 | 1 | 2 | 2 | 1 | 1 | 1 |",
		"- a, float, ArgMax, memory: swap of y: equal",
		"- a, float, ArgMax, foreign: tap of x: equal",
		"- b, float16, TopK: it is broken",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
}
