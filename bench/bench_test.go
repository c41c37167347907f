package bench_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/worker"
)

// measure measures in the lab, and judges.
func measure(t *testing.T, l *lab.Lab, j bench.Job) *judge.Result {
	t.Helper()
	rec, err := l.Runner().Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	return judge.Judge(rec)
}

// judged judges what a measurement recorded, whatever came in between.
func judged(rec *bench.Recording, err error) (*judge.Result, error) { return judge.Judge(rec), err }

func controlOf(t *testing.T, res *judge.Result, name, candidate string) judge.Control {
	t.Helper()
	for _, g := range res.Controls {
		if g.Name == name && g.Candidate == candidate {
			return g
		}
	}
	t.Fatalf("no control %s for %q among %v", name, candidate, res.Controls)
	return judge.Control{}
}

func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not mention %q", text, w)
		}
	}
}

func TestWorkerLost(t *testing.T) {
	for name, how := range map[string]error{
		"crash":    errors.New("gone"),
		"garbage":  lab.Garbage("Segmentation fault\n"),
		"nonsense": lab.Garbage(`{"op":"block"}` + "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			l := lab.Quiet()
			l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
				if n == 4 && lab.Block(req) {
					return how
				}
				return nil
			}
			res := measure(t, l, lab.Job("fused"))
			if got := res.Comparisons[0]; got.Verdict != judge.Equivalent || got.Units != 12 {
				t.Errorf("verdict %s of %d units: %s", got.Verdict, got.Units, got.Reason)
			}
			failures := res.Settings[0].Failures
			if len(failures) != 1 || failures[0].Unit != 4 {
				t.Fatalf("failures %+v", failures)
			}
			if g := controlOf(t, res, judge.ControlUnits, ""); g.State != judge.Warn {
				t.Errorf("units gate %+v", g)
			}
		})
	}
}

func TestTooManyWorkersLost(t *testing.T) {
	l := lab.Quiet()
	launched := 0
	l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
		launched = n + 1
		if n >= 6 && lab.Block(req) {
			return errors.New("gone")
		}
		return nil
	}
	res := measure(t, l, lab.Job("fused"))
	c := res.Comparisons[0]
	if c.Verdict != judge.Invalid || c.Units != 6 {
		t.Errorf("verdict %s of %d units", c.Verdict, c.Units)
	}
	mentions(t, c.Reason, judge.ControlUnits, "at least 10")
	if launched != 12 { // six good units, then three with two attempts each
		t.Errorf("%d workers were launched, want 12: the rest cannot help", launched)
	}
}

func TestWorkerHangs(t *testing.T) {
	l := lab.Quiet()
	block := make(chan struct{})
	defer close(block)
	l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
		if n == 0 && req.Time != nil && !lab.Block(req) {
			<-block
		}
		return nil
	}
	j := lab.Job("fused")
	j.Options.Timeout = time.Second
	run := l.Runner()
	launch := run.Launch
	run.Launch = func(ctx context.Context) (*worker.Process, error) {
		p, err := launch(ctx)
		if err == nil {
			p.Wait = func() error { return nil } // a hung goroutine cannot be killed as a process can
		}
		return p, err
	}
	res, err := judged(run.Run(context.Background(), j))
	if err != nil {
		t.Fatal(err)
	}
	failures := res.Settings[0].Failures
	if len(failures) == 0 {
		t.Fatal("nothing was lost")
	}
	mentions(t, failures[0].Reason, "did not answer", "time")
	if failures[0].Unit != 0 || len(res.Units) == 0 || res.Units[0].Attempt != 1 {
		t.Errorf("failures %+v, first unit %+v", failures, res.Units)
	}
}

func TestCancel(t *testing.T) {
	l := lab.Quiet()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run := l.Runner()
	run.Progress = func(p bench.Progress) {
		if p.Done == 5 && p.Block == 2 {
			cancel()
		}
	}
	res, err := judged(run.Run(ctx, lab.Job("fused")))
	if !errors.Is(err, context.Canceled) || !res.Incomplete {
		t.Fatalf("incomplete %v, error %v", res.Incomplete, err)
	}
	if len(res.Units) != 6 || res.Units[5].Complete || len(res.Arms[0].Units[5].Blocks) != 2 {
		t.Errorf("kept %d units, the last %+v", len(res.Units), res.Units[len(res.Units)-1])
	}
	c := res.Comparisons[0]
	if c.Verdict != judge.Invalid || c.Units != 5 {
		t.Errorf("verdict %s of %d units", c.Verdict, c.Units)
	}
	mentions(t, c.Reason, "interrupted after 5 of 12")
}

func TestEngineAbsent(t *testing.T) {
	l := lab.Quiet()
	l.Absent = &backends.Unavailable{Reason: "no library", Remedy: "install it", Broken: true, Unsafe: true}
	j := lab.Job("fused")
	j.Options.Batch = []int64{1, 8}
	res := measure(t, l, j)
	want := backends.Skip{Backend: "lab", Reason: "no library", Remedy: "install it", Broken: true, Unsafe: true}
	if len(res.Skipped) != 1 || res.Skipped[0] != want || len(res.Comparisons) != 0 {
		t.Errorf("skipped %+v, comparisons %v", res.Skipped, res.Comparisons)
	}
}

func TestEngineRefuses(t *testing.T) {
	l := lab.Quiet()
	l.Refuse = fmt.Errorf("unknown operator Frobnicate")
	res, err := judged(l.Runner().Run(context.Background(), lab.Job("fused")))
	if err == nil || len(res.Comparisons) != 0 {
		t.Fatalf("error %v, comparisons %v", err, res.Comparisons)
	}
	mentions(t, err.Error(), "lab", "Frobnicate", "open ")
}

func TestSeveralSettings(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Batch, j.Options.Units = []int64{1, 8}, 2
	j.Backends = append(j.Backends, worker.BackendSpec{Name: "other", Provider: "cpu"})
	var last bench.Progress
	run := lab.Quiet().Runner()
	run.Progress = func(p bench.Progress) { last = p }
	res, err := judged(run.Run(context.Background(), j))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range res.Comparisons {
		got = append(got, fmt.Sprintf("%s %s %d %v", c.Backend, c.Provider, c.Batch, c.Shapes["x"]))
	}
	want := "[lab  1 [1 3] lab  8 [8 3] other cpu 1 [1 3] other cpu 8 [8 3]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if last.Done != 8 || last.Total != 8 {
		t.Errorf("progress ended at %d of %d", last.Done, last.Total)
	}
}

// Whoever is told how far a measurement is knows when latency is timed: from before each block until after it.
func TestProgressSaysWhenLatencyIsTimed(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units = 2
	l := lab.Quiet()
	timed, blocks, seen := false, 0, []bench.Progress{}
	l.Tamper = func(_ int, req worker.Request, _ *worker.Reply) error {
		if lab.Block(req) {
			if blocks++; !timed {
				t.Errorf("block %d is timed, and nobody was told", blocks)
			}
		}
		return nil
	}
	run := l.Runner()
	run.Progress = func(p bench.Progress) { timed, seen = p.Timed, append(seen, p) }
	if _, err := judged(run.Run(context.Background(), j)); err != nil {
		t.Fatal(err)
	}
	for i, p := range seen {
		if p.Timed && (i+1 == len(seen) || seen[i+1].Timed) {
			t.Errorf("nobody was told that the block after %+v is over", p)
		}
	}
	if blocks == 0 || timed {
		t.Errorf("%d blocks, and at the end timed is %v", blocks, timed)
	}
}

func TestUsage(t *testing.T) {
	for name, change := range map[string]func(*bench.Job){
		"zero units":        func(j *bench.Job) { j.Options.Units = 0 },
		"no candidate":      func(j *bench.Job) { j.Candidates = nil },
		"no backend":        func(j *bench.Job) { j.Backends = nil },
		"no margin":         func(j *bench.Job) { j.Options.Margin = 0 },
		"zero batch":        func(j *bench.Job) { j.Options.Batch = []int64{0} },
		"no threads":        func(j *bench.Job) { j.Options.Threads = 0 },
		"unknown dimension": func(j *bench.Job) { j.Options.Shapes = bench.Sizes{{"sequence", []int64{3}}} },
	} {
		t.Run(name, func(t *testing.T) {
			j := lab.Job("fused")
			change(&j)
			res, err := judged(lab.Quiet().Runner().Run(context.Background(), j))
			if !errors.Is(err, bench.ErrUsage) || res == nil {
				t.Errorf("error %v, result %v", err, res)
			}
		})
	}
}

// Every block of every unit has an order of its own.
func TestOrdersDiffer(t *testing.T) {
	seen := map[string]bool{}
	n := 0
	for _, u := range measure(t, lab.Quiet(), lab.Job("fused")).Units {
		for _, o := range u.Orders {
			seen[o], n = true, n+1
		}
	}
	if len(seen) != n || n < 36 {
		t.Errorf("%d blocks have %d orders", n, len(seen))
	}
}
