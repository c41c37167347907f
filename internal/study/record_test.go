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
	"github.com/acdeploy/acdeploy/internal/ledger"
)

func TestDigest(t *testing.T) {
	steal := int64(50)
	res := &judge.Result{
		Started: "now", Host: host.Facts{Load: host.Load{Average1: "0.20"}},
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
		Part: partNetworks, Network: "n", Run: 3, Started: "now", Baseline: 100, Units: 2, Failures: 1, Restless: 1, Steal: 0.05, Load: "0.20",
		Control: 0.01, Failed: []string{"a_a_control"},
		Arms: []arm{{
			Name: "itself", Verdict: judge.NotShown, Ratio: 1, CI: [2]bench.Float{0.98765, 1.2}, Delta: 0.2,
			Ratios: []bench.Float{1, 1.1}, Needed: 30,
		}},
	}
	if diff := cmp.Diff(want, digest(record{Part: partNetworks, Network: "n", Run: 3}, nil, res)); diff != "" {
		t.Error(diff)
	}
}

// TestInterruptedStudy goes on after the last whole line, and measures nothing twice.
func TestInterruptedStudy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.jsonl")
	first := []record{{Part: partKnown, Network: "a", Run: 1, Control: bench.Float(math.NaN()), Failed: []string{}}}
	if err := ledger.Write(path, first); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"part":"known","netw`...), 0o644); err != nil {
		t.Fatal(err)
	}
	seen, err := ledger.Read[record](path)
	if err != nil || len(seen) != 1 {
		t.Fatalf("%v, %d measurements", err, len(seen))
	}
	s := &series{file: path, seen: seen}
	if err := s.run(context.Background(), record{Part: partKnown, Network: "a", Run: 1}, bench.Job{}); err != nil || len(s.seen) != 1 {
		t.Errorf("%v, %d measurements", err, len(s.seen))
	}
	if _, err := ledger.Read[record](t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
	if err := os.WriteFile(path, []byte("no record\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Read[record](path); err == nil || !strings.Contains(err.Error(), ":1:") {
		t.Errorf("error %v", err)
	}
}
