package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// encoded is a result without what a resumption may change: nothing.
func encoded(t *testing.T, res *Result) []byte {
	t.Helper()
	data, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A measurement that is interrupted, in the middle of a unit, and resumed is the one that was not: it
// measures what is missing, and no more.
func TestResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "units.jsonl")
	lab := func() *lab {
		l := quietLab()
		l.provider = "CPUExecutionProvider"
		l.tamper = func(n int, req request, _ *reply) error {
			if n == 2 && req.Op == opBlock {
				return errors.New("gone") // the first attempt at unit 2
			}
			return nil
		}
		return l
	}
	j := job("fused", "slow")
	j.Options.Batch = []int64{1, 8}
	ctx, cancel := context.WithCancel(context.Background())
	run := lab().runner()
	run.Journal = path
	run.Progress = func(p Progress) {
		if p.Done == 17 && p.Block == 2 { // of the second batch
			cancel()
		}
	}
	if res, err := run.Run(ctx, j); !errors.Is(err, context.Canceled) || !res.Incomplete {
		t.Fatalf("incomplete %v, error %v", res.Incomplete, err)
	}
	// A last line that was cut short is measured again.
	cut, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(cut, []byte("\n")); n != 1+17 {
		t.Errorf("%d lines are kept", n)
	}
	if err := os.WriteFile(path, cut[:len(cut)-100], 0o644); err != nil {
		t.Fatal(err)
	}
	again := lab().runner()
	again.Journal, again.Resume = path, true
	launched := 0
	launch := again.Launch
	again.Launch = func(ctx context.Context) (*Process, error) { launched++; return launch(ctx) }
	got, err := again.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	// Eight units of the second batch are missing; each of the four arms but the control has a process for
	// its memory, under both settings.
	if want := 8 + 2*4; launched != want {
		t.Errorf("%d workers were launched, want %d", launched, want)
	}
	if len(got.Units) != 24 || got.Incomplete || len(got.Comparisons) != 4 || len(got.Settings[0].Failures) != 1 {
		t.Errorf("%d units, %d comparisons, failures %+v", len(got.Units), len(got.Comparisons), got.Settings[0].Failures)
	}
	whole, err := lab().runner().Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range got.Units {
		if u.Unit != whole.Units[i].Unit || u.Orders[0] != whole.Units[i].Orders[0] && u.Attempt == whole.Units[i].Attempt {
			t.Errorf("unit %d of the resumed measurement has another order", i)
		}
	}
	if got.Arms[0].Plan == nil || got.Settings[0].Plan != whole.Settings[0].Plan {
		t.Error("the plans are lost")
	}
	got.Arms[0].PeakRSS, whole.Arms[0].PeakRSS = nil, nil // it is that of real processes
	first := func(r *Result) []byte {                     // the first batch was whole
		return encoded(t, &Result{Comparisons: r.Comparisons[:2], Gates: nil, Arms: r.Arms[:1]})
	}
	if !bytes.Equal(first(got), first(whole)) {
		t.Error("the batch that was kept gives another result")
	}
	// Once more: nothing is left to measure but the memory.
	launched = 0
	third := lab().runner()
	third.Journal, third.Resume = path, true
	launch = third.Launch
	third.Launch = func(ctx context.Context) (*Process, error) { launched++; return launch(ctx) }
	if res, err := third.Run(context.Background(), j); err != nil || launched != 8 || len(res.Units) != 24 {
		t.Errorf("%d workers, error %v", launched, err)
	}
}

func TestResumeOfSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Job, *Runner)
		file   func(string) string
		want   string
	}{
		"options":  {change: func(j *Job, _ *Runner) { j.Options.Seed = 9 }, want: "the options changed"},
		"model":    {change: func(j *Job, _ *Runner) { j.Candidates[0].Files.SHA256 = "ab" }, want: "the candidate fused (arm D) changed from fused.onnx, 0 bytes, sha256  to fused.onnx, 0 bytes, sha256 ab"},
		"engine":   {change: func(j *Job, _ *Runner) { j.Backends[0].Provider = "cuda" }, want: "engine 1 changed"},
		"program":  {change: func(_ *Job, r *Runner) { r.Facts = []Fact{{"the program", "2"}} }, want: "the program changed from 1 to 2"},
		"no file":  {file: func(string) string { return "" }, want: "nothing to resume"},
		"no units": {file: func(string) string { return "{}\n" }, want: "holds no units"},
		"one arm":  {change: func(j *Job, _ *Runner) { j.AsTrained = nil }, want: "the number of arms changed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "units.jsonl")
			j := job("fused")
			j.Options.Units = 2
			run := quietLab().runner()
			run.Journal, run.Facts = path, []Fact{{"the program", "1"}}
			if _, err := run.Run(context.Background(), j); err != nil {
				t.Fatal(err)
			}
			if c.file != nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if text := c.file(""); text != "" {
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			again := quietLab().runner()
			again.Journal, again.Facts, again.Resume = path, run.Facts, true
			if c.change != nil {
				c.change(&j, &again)
			}
			_, err := again.Run(context.Background(), j)
			if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A journal that nothing can be written to loses no measurement, and is an error all the same.
func TestJournalThatCannotBeWritten(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no device that is always full: %v", err)
	}
	j := job("fused")
	j.Options.Units = 2
	run := quietLab().runner()
	run.Journal = full
	res, err := run.Run(context.Background(), j)
	if err == nil || !strings.Contains(err.Error(), "keep units in /dev/full: no space left on device") || len(res.Units) != 2 {
		t.Errorf("error %v, %d units", err, len(res.Units))
	}
	run.Journal = filepath.Join(full, "units")
	if _, err := run.Run(context.Background(), j); err == nil {
		t.Error("no error for a folder that cannot be")
	}
}

// Entries that this measurement could not have written are measured again.
func TestEntriesThatDoNotFit(t *testing.T) {
	m := &measurement{setting: setting{arms: make([]placed, 3)}}
	good := func() entry {
		return entry{
			Unit: 1, Record: &UnitRecord{Unit: 1, Complete: true}, Planned: true, Plan: Plan{Blocks: 1, Runs: 2},
			Blocks: []entryBlock{{Wall: [][]int64{{1, 2}, {1, 2}, {1, 2}}, CPU: []int64{1, 2, 3}}},
		}
	}
	if !m.fits(good()) {
		t.Fatal("a good one does not fit")
	}
	for name, spoil := range map[string]func(*entry){
		"unit":     func(e *entry) { e.Record.Unit = 2 },
		"plan":     func(e *entry) { e.Planned = false },
		"blocks":   func(e *entry) { e.Blocks = nil },
		"arms":     func(e *entry) { e.Blocks[0].Wall = e.Blocks[0].Wall[:2] },
		"runs":     func(e *entry) { e.Blocks[0].Wall[1] = []int64{1} },
		"cpu":      func(e *entry) { e.Blocks[0].CPU = []int64{1} },
		"no cause": func(e *entry) { e.Record = nil },
	} {
		e := good()
		if spoil(&e); m.fits(e) {
			t.Errorf("%s: fits", name)
		}
	}
}
