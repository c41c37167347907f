package bench_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

// That a duration cannot be met is said after the first unit, once for each setting, and the plan before anything.
func TestLookAhead(t *testing.T) {
	l, now, launched := lab.Quiet(), time.Unix(0, 0), 0
	l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
		if launched = n + 1; lab.Block(req) {
			now = now.Add(time.Minute)
		}
		return nil
	}
	run := l.Runner()
	run.Now = func() time.Time { return now }
	var told []string
	var at []int
	run.Warn = func(text string) { told, at = append(told, text), append(at, launched) }
	run.Plan = func(text string) { told, at = append(told, text), append(at, launched) }
	j := lab.Job("fused")
	j.Options.Duration, j.Options.Batch = 2*time.Minute, []int64{1, 8}
	if _, err := run.Run(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	if len(told) != 3 || at[0] != 0 || at[1] != 1 || !strings.HasPrefix(told[0], "the plan: ") || !strings.Contains(told[1], "batch 1, 1 thread: the duration of 2m0s cannot be met") || !strings.Contains(told[2], "batch 8") {
		t.Errorf("told %q after %v workers", told, at)
	}
}
