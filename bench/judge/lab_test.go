package judge

import (
	"context"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// measure measures in the lab, and judges.
func measure(t *testing.T, l *lab.Lab, j bench.Job) *Result {
	t.Helper()
	run := l.Runner()
	run.Enough = Precise
	rec, err := run.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	return Judge(rec)
}

func controlOf(t *testing.T, res *Result, name, candidate string) Control {
	t.Helper()
	for _, g := range res.Controls {
		if g.Name == name && g.Candidate == candidate {
			return g
		}
	}
	t.Fatalf("no control %s for %q among %v", name, candidate, res.Controls)
	return Control{}
}

func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not mention %q", text, w)
		}
	}
}
