package bench_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/worker"
)

// Real processes: each arm has a peak of its own, and as many runs as fit the window.
func TestResourcesOfRealProcesses(t *testing.T) {
	j := lab.Job("fused")
	j.Options = bench.Defaults()
	j.Options.Units, j.Options.Duration, j.Options.Streams = 2, 200*time.Millisecond, 2
	res, err := judged(bench.Runner{Launch: worker.Command(os.Args[0]), Progress: func(bench.Progress) {}}.Run(context.Background(), withWorker(t, j)))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range res.Arms {
		if a.Role == bench.RoleControl {
			if a.PeakRSS != nil || a.Throughput != nil {
				t.Errorf("the control has resources of its own: %+v", a.PeakRSS)
			}
			continue
		}
		if runtime.GOOS == "linux" && (a.PeakRSS == nil || *a.PeakRSS < 1<<20) {
			t.Errorf("%s: peak %v", a.Name, a.PeakRSS)
		}
		if a.Throughput == nil || a.Throughput.Streams != 2 || a.Throughput.Runs < 1 || a.Throughput.Nanoseconds < int64(time.Second) {
			t.Errorf("%s: throughput %+v", a.Name, a.Throughput)
		}
		if len(a.Notes) > 0 {
			t.Errorf("%s: %v", a.Name, a.Notes)
		}
	}
}

// withWorker makes the workers of this test healthy ones.
func withWorker(t *testing.T, j bench.Job) bench.Job {
	t.Helper()
	t.Setenv(workerEnv, "healthy")
	return j
}

// What an arm costs may stay unknown; its latency does not suffer.
func TestResourcesThatCannotBeTold(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(_ int, req worker.Request, _ *worker.Reply) error {
		if req.Run != nil && req.Run.Runs > 1 {
			return errors.New("gone")
		}
		return nil
	}
	res := measure(t, l, lab.Job("fused"))
	if got := res.Comparisons[0].Verdict; got != judge.Equivalent {
		t.Errorf("verdict %s", got)
	}
	if a := res.Arms[0]; a.PeakRSS != nil || len(a.Notes) != 1 {
		t.Errorf("peak %v, notes %v", a.PeakRSS, a.Notes)
	} else {
		mentions(t, a.Notes[0], "memory: worker failed")
	}
}
