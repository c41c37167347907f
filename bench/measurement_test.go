package bench_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// workerEnv makes this test binary a worker that behaves as its value says.
const workerEnv = "ACDEPLOY_BENCH_TEST_WORKER"

func TestMain(m *testing.M) {
	switch behaviour := os.Getenv(workerEnv); behaviour {
	case "":
		os.Exit(m.Run())
	case "hang":
		fmt.Fprintln(os.Stderr, "waiting for ever")
		time.Sleep(time.Minute)
	case "garbage":
		fmt.Println("Segmentation fault")
		time.Sleep(time.Minute)
	default:
		open := func(context.Context, worker.BackendSpec) (backends.Backend, error) { return spinner{behaviour}, nil }
		if err := worker.Serve(context.Background(), os.Stdin, os.Stdout, open); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// spinner is a real engine of about 20 µs a run.
type spinner struct{ behaviour string }

func (spinner) Describe() backends.Description { return backends.Description{Name: "spinner"} }

func (spinner) Check(context.Context) error { return nil }

func (s spinner) Open(_ context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	if s.behaviour == "panic" {
		panic("engine broke its own rules")
	}
	return spinning{}, nil
}

type spinning struct{}

func (spinning) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	for start := time.Now(); time.Since(start) < 20*time.Microsecond; {
	}
	return in, nil
}

func (spinning) Close() error { return nil }

func processRunner(t *testing.T, behaviour string) bench.Runner {
	t.Helper()
	t.Setenv(workerEnv, behaviour)
	self, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot be found to start workers from:", err)
	}
	return bench.Runner{Launch: worker.Command(self)}
}

func quickJob() bench.Job {
	j := lab.Job("fused")
	j.Options.Units, j.Options.Blocks, j.Options.Duration = 2, 2, 100*time.Millisecond
	return j
}

// Whatever the machine is doing, a measurement in real processes comes to an end with every sample kept.
func TestProcesses(t *testing.T) {
	res, err := judged(processRunner(t, "spin").Run(context.Background(), quickJob()))
	if err != nil {
		t.Fatal(err)
	}
	s := res.Settings[0]
	if len(res.Comparisons) != 1 || len(res.Units) != 2 || len(s.Failures) != 0 {
		t.Fatalf("%d comparisons, %d units, failures %v", len(res.Comparisons), len(res.Units), s.Failures)
	}
	for _, a := range res.Arms {
		if a.Runs != 2*s.Schedule.Blocks*s.Schedule.Runs {
			t.Errorf("arm %s: %d runs of plan %+v", a.Arm, a.Runs, s.Schedule)
		}
		for _, ns := range a.Units[0].Blocks[0].Nanoseconds {
			if ns < 20_000 {
				t.Fatalf("a run of at least 20 µs was timed as %d ns", ns)
			}
		}
	}
	if (s.CPUClock == "thread") != (runtime.GOOS == "linux" || runtime.GOOS == "darwin") {
		t.Errorf("CPU clock %q", s.CPUClock)
	}
	for _, u := range res.Units {
		for _, a := range u.Answers {
			if !a.Equal {
				t.Errorf("unit %d: %+v", u.Unit, a)
			}
		}
	}
}

func TestProcessFailures(t *testing.T) {
	for behaviour, want := range map[string]string{
		"panic":   "panic: engine broke its own rules",
		"garbage": `the process answered "Segmentation fault"`,
		"hang":    `(the limit is --timeout, bench.timeout)`,
	} {
		t.Run(behaviour, func(t *testing.T) {
			j := quickJob()
			j.Options.Timeout = 300 * time.Millisecond
			if behaviour != "hang" {
				j.Options.Timeout = time.Minute
			}
			res, err := judged(processRunner(t, behaviour).Run(context.Background(), j))
			if err != nil {
				t.Fatal(err)
			}
			c := res.Comparisons[0]
			if c.Verdict != judge.Invalid || c.Units != 0 {
				t.Errorf("verdict %s of %d units", c.Verdict, c.Units)
			}
			mentions(t, c.Reason, want)
			if n := len(res.Settings[0].Failures); n != 2 {
				t.Errorf("%d attempts, want 2 of the first unit: the rest cannot help", n)
			}
		})
	}
}

// A cancelled measurement kills its worker and leaves at once, even when the worker hangs.
func TestCancelKills(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	run := processRunner(t, "hang")
	launch := run.Launch
	var hung *worker.Process
	run.Launch = func(ctx context.Context) (*worker.Process, error) {
		p, err := launch(ctx)
		hung = p
		time.AfterFunc(50*time.Millisecond, cancel)
		return p, err
	}
	res, err := judged(run.Run(ctx, quickJob()))
	if !errors.Is(err, context.Canceled) || !res.Incomplete {
		t.Errorf("incomplete %v, error %v", res.Incomplete, err)
	}
	if err := hung.Wait(); err == nil || !strings.Contains(err.Error(), "kill") {
		t.Errorf("the worker ended with %v, want it killed", err)
	}
}

func TestLaunchFails(t *testing.T) {
	run := bench.Runner{Launch: worker.Command("/nonexistent/acdeploy", "worker")}
	_, err := judged(run.Run(context.Background(), quickJob()))
	if err == nil {
		t.Fatal("no error")
	}
	mentions(t, err.Error(), "start worker", "/nonexistent/acdeploy")
}

// A real worker stays where it is put, and says so.
func TestPinnedWorker(t *testing.T) {
	if len(worker.AllowedCPUs()) < 2 {
		t.Skip("one processor only, or the system does not tell")
	}
	j := withWorker(t, lab.Job("fused"))
	j.Options.Units, j.Options.Duration = 3, 100*time.Millisecond
	for _, pinned := range []bool{true, false} {
		j.Options.Pin = pinned
		res, err := judged(bench.Runner{Launch: worker.Command(os.Args[0])}.Run(context.Background(), j))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range res.Units {
			if (len(u.CPUs) == 1) != pinned {
				t.Errorf("pinned %v: unit %d ran on %v", pinned, u.Unit, u.CPUs)
			}
		}
	}
}

// Each arm of an engine that times itself has two turns in a block, half of the runs at each, and the second
// turns come in the opposite order.
func TestBlocksOfAnEngineThatTimesItself(t *testing.T) {
	l := lab.Quiet()
	l.Timer, l.Drift = true, 0
	j := lab.Job("fused")
	j.AsTrained, j.Options.Units, j.Options.Blocks = nil, 2, 2
	rec, err := l.Runner().Run(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	s := rec.Settings[0]
	for _, u := range s.Units {
		for k, b := range u.Blocks {
			for arm, runs := range b.Wall {
				if len(runs) != s.Schedule.Runs {
					t.Errorf("unit %d, block %d: arm %d ran %d times, want %d", u.Unit, k, arm, len(runs), s.Schedule.Runs)
				}
			}
			order, turn := u.Orders[k], s.Schedule.Runs/2
			for i := range order {
				if order[i] != order[len(order)-1-i] || order[i] != order[i/turn*turn] {
					t.Fatalf("unit %d, block %d: order %s with turns of %d runs", u.Unit, k, order, turn)
				}
			}
		}
	}
}
