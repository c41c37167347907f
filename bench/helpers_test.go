package bench_test

import (
	"context"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
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
