package worker

import (
	"runtime"
	"testing"
	"time"
)

// The clock counts what is computed, not what is slept.
func TestCPUClock(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for threads, want := range map[int]string{1: "thread", 4: "process"} {
		now, name := cpuClock(threads)
		if now == nil {
			if name != CPUUnavailable {
				t.Errorf("there is no clock %q", name)
			}
			continue
		}
		if name != want {
			t.Errorf("%d threads: clock %q, want %q", threads, name, want)
		}
		start, began := now(), time.Now()
		for now() == start && time.Since(began) < 5*time.Second {
		}
		if now() <= start {
			t.Errorf("%s: it does not move", name)
		}
	}
}
