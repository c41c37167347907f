package main

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/ledger"
)

// TestCommittedPage holds the page against the measurements that it is made from.
func TestCommittedPage(t *testing.T) {
	const path = "../../docs/verdict-study"
	seen, err := ledger.Read[record](path + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) == 0 {
		t.Fatal("there are no measurements")
	}
	want, err := os.ReadFile(path + ".md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), render(seen)); diff != "" {
		t.Errorf("the page is stale; go run ./internal/study -page writes it again:\n%s", diff)
	}
}

// saying are k measurements of the arm that say v, and the rest of n that say not_shown.
func saying(name string, v judge.Verdict, k, n int) []record {
	all := make([]record, n)
	for i := range all {
		said := v
		if i >= k {
			said = judge.NotShown
		}
		all[i] = record{Part: partKnown, Network: known()[i%3], Run: i + 1, Arms: []arm{{Name: name, Verdict: said}}}
	}
	return all
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		arm  string
		k    int // of 120
		want string
	}{
		{"itself", 120, "shown"},
		{"itself", 119, "shown"},
		{"itself", 118, "not refuted"},
		{"itself", 109, "not refuted"},
		{"itself", 108, "**fails**"},
		{"+2 %", 0, "shown"},
		{"+2 %", 1, "shown"},
		{"+2 %", 2, "not refuted"},
		{"+2 %", 11, "not refuted"},
		{"+2 %", 12, "**fails**"},
		{"+5 %", 120, "shown"},
		{"+5 %", 100, "**fails**"},
	} {
		for _, claim := range claims() {
			if claim.arm != c.arm {
				continue
			}
			all := saying(c.arm, claim.verdict, c.k, 120)
			s := count(all, "", claim.arm, claim.verdict)
			if s != (share{c.k, 120}) {
				t.Errorf("%s: counted %v of %d", c.arm, s, c.k)
			}
			if got := claim.fares(s); got != c.want {
				t.Errorf("%s seen in %d of 120: %s, want %s", c.arm, c.k, got, c.want)
			}
			if !strings.Contains(render(all), c.want) {
				t.Errorf("%s seen in %d of 120: the page does not say %s", c.arm, c.k, c.want)
			}
		}
	}
}

// TestLostArm leaves out of the estimates what has none, and names what was lost.
func TestLostArm(t *testing.T) {
	all := saying("itself", judge.Equivalent, 9, 9)
	for i := range all {
		all[i].Arms[0].Ratio = 1
	}
	all[0].Arms[0].Ratio, all[0].Failures, all[0].Failed = bench.Float(math.NaN()), 3, []string{"units"}
	got := render(all)
	if strings.Contains(got, "NaN") || !strings.Contains(got, "3 attempts at a unit were lost") || !strings.Contains(got, "units in 1.") {
		t.Error(got)
	}
}
