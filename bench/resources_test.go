package bench

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// Real processes: each arm has a peak of its own, and as many runs as fit the window.
func TestResourcesOfRealProcesses(t *testing.T) {
	j := job("fused")
	j.Options = Defaults()
	j.Options.Units, j.Options.Duration, j.Options.Streams = 2, 200*time.Millisecond, 2
	res, err := Runner{Launch: Command(os.Args[0]), Progress: func(Progress) {}}.Run(context.Background(), withWorker(t, j))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range res.Arms {
		if a.Role == RoleControl {
			if a.PeakRSS != nil || a.Throughput != nil {
				t.Errorf("the control has resources of its own: %+v", a.PeakRSS)
			}
			continue
		}
		if peakResident() > 0 && (a.PeakRSS == nil || *a.PeakRSS < 1<<20) {
			t.Errorf("%s: peak %v", a.Name, a.PeakRSS)
		}
		if a.Throughput == nil || a.Throughput.Streams != 2 || a.Throughput.Runs < 1 || a.Throughput.Nanoseconds < int64(streamsWindow) {
			t.Errorf("%s: throughput %+v", a.Name, a.Throughput)
		}
		if len(a.Notes) > 0 {
			t.Errorf("%s: %v", a.Name, a.Notes)
		}
	}
}

// withWorker makes the workers of this test healthy ones.
func withWorker(t *testing.T, j Job) Job {
	t.Helper()
	t.Setenv(workerEnv, "healthy")
	return j
}

// What an arm costs may stay unknown; its latency does not suffer.
func TestResourcesThatCannotBeTold(t *testing.T) {
	l := quietLab()
	l.tamper = func(_ int, req request, _ *reply) error {
		if req.Op == opMemory {
			return errors.New("gone")
		}
		return nil
	}
	res := measure(t, l, job("fused"))
	if got := res.Comparisons[0].Verdict; got != Equivalent {
		t.Errorf("verdict %s", got)
	}
	if a := res.Arms[0]; a.PeakRSS != nil || len(a.Notes) != 1 {
		t.Errorf("peak %v, notes %v", a.PeakRSS, a.Notes)
	} else {
		mentions(t, a.Notes[0], "memory: worker failed")
	}
}
