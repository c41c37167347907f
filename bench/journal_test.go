package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	"github.com/acdeploy/acdeploy/worker"
)

// encoded is a result without what a resumption may change: nothing.
func encoded(t *testing.T, res *judge.Result) []byte {
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
	room := func() *lab.Lab {
		l := lab.Quiet()
		l.Provider = "CPUExecutionProvider"
		l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
			if n == 2 && lab.Block(req) {
				return errors.New("gone") // the first attempt at unit 2
			}
			return nil
		}
		return l
	}
	j := lab.Job("fused", "slow")
	j.Options.Batch = []int64{1, 8}
	ctx, cancel := context.WithCancel(context.Background())
	run := room().Runner()
	run.Journal = path
	run.Progress = func(p bench.Progress) {
		if p.Done == 17 && p.Block == 2 { // of the second batch
			cancel()
		}
	}
	if res, err := judged(run.Run(ctx, j)); !errors.Is(err, context.Canceled) || !res.Incomplete {
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
	again := room().Runner()
	again.Journal, again.Resume = path, true
	launched := 0
	launch := again.Launch
	again.Launch = func(ctx context.Context) (*worker.Process, error) { launched++; return launch(ctx) }
	got, err := judged(again.Run(context.Background(), j))
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
	whole, err := judged(room().Runner().Run(context.Background(), j))
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range got.Units {
		if u.Unit != whole.Units[i].Unit || u.Orders[0] != whole.Units[i].Orders[0] && u.Attempt == whole.Units[i].Attempt {
			t.Errorf("unit %d of the resumed measurement has another order", i)
		}
	}
	if got.Arms[0].Plan == nil || got.Settings[0].Schedule != whole.Settings[0].Schedule {
		t.Error("the plans are lost")
	}
	got.Arms[0].PeakRSS, whole.Arms[0].PeakRSS = nil, nil // it is that of real processes
	first := func(r *judge.Result) []byte {               // the first batch was whole
		return encoded(t, &judge.Result{Comparisons: r.Comparisons[:2], Controls: nil, Arms: r.Arms[:1]})
	}
	if !bytes.Equal(first(got), first(whole)) {
		t.Error("the batch that was kept gives another result")
	}
	// Once more: nothing is left to measure but the memory.
	launched = 0
	third := room().Runner()
	third.Journal, third.Resume = path, true
	launch = third.Launch
	third.Launch = func(ctx context.Context) (*worker.Process, error) { launched++; return launch(ctx) }
	if res, err := judged(third.Run(context.Background(), j)); err != nil || launched != 8 || len(res.Units) != 24 {
		t.Errorf("%d workers, error %v", launched, err)
	}
}

func TestResumeOfSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench.Job, *bench.Runner)
		file   func(string) string
		want   string
	}{
		"options":  {change: func(j *bench.Job, _ *bench.Runner) { j.Options.Seed = 9 }, want: "the options changed"},
		"model":    {change: func(j *bench.Job, _ *bench.Runner) { j.Candidates[0].Files.ModelSHA256 = "ab" }, want: "the candidate fused (arm D) changed from fused.onnx, 0 bytes, sha256 , model_sha256  to fused.onnx, 0 bytes, sha256 , model_sha256 ab"},
		"engine":   {change: func(j *bench.Job, _ *bench.Runner) { j.Backends[0].Provider = "cuda" }, want: "engine 1 changed"},
		"program":  {change: func(_ *bench.Job, r *bench.Runner) { r.Properties = []bench.Property{{"the program", "2"}} }, want: "the program changed from 1 to 2"},
		"no file":  {file: func(string) string { return "" }, want: "nothing to resume"},
		"no units": {file: func(string) string { return "{}\n" }, want: "holds no units"},
		"one arm":  {change: func(j *bench.Job, _ *bench.Runner) { j.AsTrained = nil }, want: "the number of arms changed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "units.jsonl")
			j := lab.Job("fused")
			j.Options.Units = 2
			run := lab.Quiet().Runner()
			run.Journal, run.Properties = path, []bench.Property{{"the program", "1"}}
			if _, err := judged(run.Run(context.Background(), j)); err != nil {
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
			again := lab.Quiet().Runner()
			again.Journal, again.Properties, again.Resume = path, run.Properties, true
			if c.change != nil {
				c.change(&j, &again)
			}
			_, err := judged(again.Run(context.Background(), j))
			if !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// The path of a folder need not be UTF-8, though a journal is: two such paths are two.
func TestResumeInAFolderThatIsNotUTF8(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units = 2
	run := lab.Quiet().Runner()
	run.Journal, run.Properties = filepath.Join(t.TempDir(), "units.jsonl"), []bench.Property{{"the folder", "d\xff"}}
	if _, err := judged(run.Run(context.Background(), j)); err != nil {
		t.Fatal(err)
	}
	run.Resume = true
	if _, err := judged(run.Run(context.Background(), j)); err != nil {
		t.Errorf("the same folder: %v", err)
	}
	run.Properties = []bench.Property{{"the folder", "d\xfe"}}
	if _, err := judged(run.Run(context.Background(), j)); !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), `the folder changed from d\xff to d\xfe`) {
		t.Errorf("another folder: %v", err)
	}
}

// A journal that nothing can be written to loses no measurement: it is a warning.
func TestJournalThatCannotBeWritten(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no device that is always full: %v", err)
	}
	j := lab.Job("fused")
	j.Options.Units = 2
	run := lab.Quiet().Runner()
	for path, want := range map[string]string{
		full:                         "keep units in /dev/full: no space left on device; what is measured would be lost",
		filepath.Join(full, "units"): "keep units in /dev/full/units: not a directory; what is measured would be lost",
	} {
		var warned []string
		run.Journal, run.Warn = path, func(text string) { warned = append(warned, text) }
		res, err := judged(run.Run(context.Background(), j))
		if err != nil || len(res.Units) != 2 || len(warned) != 1 || !strings.Contains(warned[0], want) {
			t.Errorf("error %v, %d units, warned of %q", err, len(res.Units), warned)
		}
	}
}

// Whichever operation on the journal fails, nothing that was measured is lost, a warning says so, and what the journal
// holds can be resumed.
func TestReliability1EveryFaultOfAJournal(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units = 2
	broken := errors.New("broken")
	n, failed := 1, true
	for ; failed && n < 100; n++ {
		run, count, op := lab.Quiet().Runner(), 0, osfile.Op("")
		run.Journal = filepath.Join(t.TempDir(), "units.jsonl")
		ctx := osfile.WithFaults(t.Context(), func(asked osfile.Op, _ string) error {
			if count++; count != n {
				return nil
			}
			op = asked
			return broken
		})
		var warned []string
		run.Warn = func(text string) { warned = append(warned, text) }
		res, err := judged(run.Run(ctx, j))
		failed = op != ""
		if err != nil || (len(warned) == 1 && strings.Contains(warned[0], broken.Error())) != failed {
			t.Errorf("operation %d (%s): error %v, warned of %q", n, op, err, warned)
		}
		if len(res.Units) != 2 {
			t.Errorf("operation %d (%s): %d units", n, op, len(res.Units))
		}
		run.Resume = true
		res, err = judged(run.Run(t.Context(), j))
		if begun := n > 2; (err == nil) != begun || begun && len(res.Units) != 2 || !begun && !errors.Is(err, bench.ErrUsage) {
			t.Errorf("operation %d (%s): resumed with %d units, error %v", n, op, len(res.Units), err)
		}
	}
	if n-2 != 1+1+2 { // opened, its head, a line for each unit
		t.Errorf("%d operations failed once", n-2)
	}
	t.Attr("tried", strconv.Itoa(n-2))
}
