package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
)

// TestCommittedPage holds the page against the measurements that it is made from.
func TestCommittedPage(t *testing.T) {
	const path = "../../docs/verdict-study"
	seen, err := read(path + ".jsonl")
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
		t.Errorf("the page is stale; go run ./internal/study -page writes it anew:\n%s", diff)
	}
}

// verdicts are k measurements of the arm that say v, and the rest of n that say not_shown.
func verdicts(name string, v judge.Verdict, k, n int) []record {
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
			all := verdicts(c.arm, claim.verdict, c.k, 120)
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
	all := verdicts("itself", judge.Equivalent, 9, 9)
	for i := range all {
		all[i].Arms[0].Ratio = 1
	}
	all[0].Arms[0].Ratio, all[0].Failures, all[0].Failed = bench.Float(math.NaN()), 3, []string{"units"}
	got := render(all)
	if strings.Contains(got, "NaN") || !strings.Contains(got, "3 attempts at a unit were lost") || !strings.Contains(got, "units in 1.") {
		t.Error(got)
	}
}

func TestDigest(t *testing.T) {
	steal := int64(50)
	res := &judge.Result{
		Started: "now",
		Comparisons: []judge.Comparison{{
			Candidate: "itself", BaselineMedian: 100, Ratio: 1.0000049, CI: [2]bench.Float{0.98765432, 1.2}, DeltaStar: 0.2,
			UnitRatios: []bench.Float{1, 1.1}, Units: 2, UnitsNeeded: 30, ControlDelta: 0.01, Verdict: judge.NotShown,
		}},
		Controls: []judge.Control{{Name: "units", State: judge.Warn}, {Name: "a_a_control", State: judge.Fail}},
		Settings: []judge.Setting{{Failures: []bench.Failure{{Unit: 1}}}},
		Units: []bench.UnitRecord{
			{Open: 100, WarmUp: bench.WarmUp{Nanoseconds: 200, Stable: true}, Load: host.Change{StealNanos: &steal}},
			{Open: 100, WarmUp: bench.WarmUp{Nanoseconds: 100}},
		},
		Arms: []judge.ArmRecord{{Units: []judge.ArmUnit{{Blocks: []judge.ArmBlock{{Nanoseconds: []int64{200, 300}}}}}}},
	}
	want := record{
		Part: partKnown, Network: "n", Run: 3, Started: "now", Baseline: 100, Units: 2, Failures: 1, Restless: 1, Steal: 0.05,
		Control: 0.01, Failed: []string{"a_a_control"},
		Arms: []arm{{
			Name: "itself", Verdict: judge.NotShown, Ratio: 1, CI: [2]bench.Float{0.98765, 1.2}, Delta: 0.2,
			Ratios: []bench.Float{1, 1.1}, Needed: 30,
		}},
	}
	if diff := cmp.Diff(want, digest(record{Part: partKnown, Network: "n", Run: 3}, res)); diff != "" {
		t.Error(diff)
	}
}

// TestInterruptedStudy goes on behind the last whole line, and measures nothing twice.
func TestInterruptedStudy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.jsonl")
	first := []record{{Part: partKnown, Network: "a", Run: 1, Control: bench.Float(math.NaN()), Failed: []string{}}}
	if err := write(path, first); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"part":"known","netw`...), 0o644); err != nil {
		t.Fatal(err)
	}
	seen, err := read(path)
	if err != nil || len(seen) != 1 {
		t.Fatalf("%v, %d measurements", err, len(seen))
	}
	s := &series{file: path, seen: seen}
	if err := s.run(context.Background(), record{Part: partKnown, Network: "a", Run: 1}, bench.Job{}); err != nil || len(s.seen) != 1 {
		t.Errorf("%v, %d measurements", err, len(s.seen))
	}
	if _, err := read(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
	if err := os.WriteFile(path, []byte("no record\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read(path); err == nil || !strings.Contains(err.Error(), ":1:") {
		t.Errorf("error %v", err)
	}
}

func TestArmsOfKnownRatio(t *testing.T) {
	job, err := (&series{models: "../../examples"}).slowed("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	if len(job.Candidates) != len(slowdowns()) {
		t.Fatalf("%d candidates", len(job.Candidates))
	}
	for i, c := range job.Candidates {
		if c.Slowdown != slowdowns()[i].share || c.Model.Path != job.Baseline.Model.Path || c.Function != job.Baseline.Function {
			t.Errorf("candidate %+v", c)
		}
	}
}
