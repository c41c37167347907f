package bench_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// keptUnits measures two batches, is interrupted in the second one, and returns the file of its units and what it measured.
func keptUnits(t *testing.T) (path string, rec *bench.Recording) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "units.jsonl")
	j := lab.Job("fused", "slow")
	j.Options.Batch = []int64{1, 8}
	ctx, cancel := context.WithCancel(t.Context())
	run := lab.Quiet().Runner()
	run.Journal = path
	run.Progress = func(p bench.Progress) {
		if p.Done == p.Total*3/4 && p.Block == 0 {
			cancel()
		}
	}
	rec, err := run.Run(ctx, j)
	if !errors.Is(err, context.Canceled) || len(rec.Settings) != 2 {
		t.Fatal(err, len(rec.Settings))
	}
	return path, rec
}

// TestReadKept makes the same of the units that a process kept as the process itself does when it is interrupted.
func TestReadKept(t *testing.T) {
	path, rec := keptUnits(t)
	kept, err := bench.ReadKept(path)
	if err != nil {
		t.Fatal(err)
	}
	kept.HostAfter = rec.HostAfter // a killed process looks at nothing afterwards
	for i := range rec.Settings {
		for k := range rec.Settings[i].Arms { // memory and throughput are found out after the units
			a := &rec.Settings[i].Arms[k]
			a.PeakRSS, a.Throughput, a.Notes = nil, nil, kept.Settings[i].Arms[k].Notes
		}
	}
	if got, want := encoded(t, judge.Judge(kept)), encoded(t, judge.Judge(rec)); !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("kept is\n… %.300s\nmeasured was\n… %.300s", got[max(at-100, 0):], want[max(at-100, 0):])
	}
}

// TestReadKeptOfAnyLength reads the file cut off at any byte: there are the units whose lines are whole, or one line says why there is nothing.
func TestReadKeptOfAnyLength(t *testing.T) {
	path, _ := keptUnits(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.jsonl")
	step := max(len(whole)/150, 1)
	for n := 0; n <= len(whole); n += step {
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		rec, err := bench.ReadKept(cut)
		lines := strings.Count(string(whole[:n]), "\n")
		switch {
		case lines == 0:
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%d bytes: %v", n, err)
			}
		case err != nil:
			t.Fatalf("%d bytes: %v", n, err)
		default:
			units := 0
			for _, s := range rec.Settings {
				units += len(s.Units)
			}
			if units != lines-1 || !rec.Incomplete {
				t.Fatalf("%d bytes with %d lines: %d units", n, lines, units)
			}
			judge.Judge(rec)
		}
	}
}

// TestReliability1KilledMeasurement has each operation on the file of the units be the last one of the process: what was measured before is
// read.
func TestReliability1KilledMeasurement(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units = 2
	killed := errors.New("killed")
	n := 1
	for ; n < 100; n++ {
		run, count, dead := lab.Quiet().Runner(), 0, false
		run.Journal = filepath.Join(t.TempDir(), "units.jsonl")
		ctx := osfile.WithFaults(t.Context(), func(osfile.Op, string) error {
			if count++; count >= n {
				dead = true
				return killed
			}
			return nil
		})
		_, _ = run.Run(ctx, j) // how it ends is for another test
		rec, err := bench.ReadKept(run.Journal)
		if !dead {
			break
		}
		if n <= 2 { // neither opened nor begun
			if err == nil {
				t.Errorf("before operation %d: there are %d settings", n, len(rec.Settings))
			}
			continue
		}
		units := 0
		for i := range rec.Settings {
			units += len(rec.Settings[i].Units)
		}
		if err != nil || units != n-3 {
			t.Errorf("before operation %d: %d units, error %v", n, units, err)
		}
	}
	t.Attr("tried", strconv.Itoa(n-1))
}

// TestReadKeptRefusesOthers names a file that is none of units.
func TestReadKeptRefusesOthers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"other.json": `{"schema":"acdeploy.report/v1"}` + "\n",
		"early":      `{"schema":"acdeploy.units/v1","properties":[]}` + "\n",
		"foreign":    `{"schema":"acdeploy.units/v1","recording":{"Settings":[]}}` + "\n" + `{"setting":3,"failures":[{"unit":0}]}` + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := bench.ReadKept(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bench.ReadKept(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
