package bench_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// Two measurements of the same models at once have a journal each, and neither resumes from the one of the other.
func TestReserve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "units.jsonl")
	second := filepath.Join(filepath.Dir(path), "units-2.jsonl")
	take := func(resume bool, want string) func() {
		t.Helper()
		name, release, err := bench.Reserve(path, resume)
		if err != nil || name != want {
			t.Fatalf("got %s, %v, want %s", name, err, want)
		}
		return release
	}
	one := take(false, path)
	two := take(false, second)
	if err := os.WriteFile(second, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := bench.Reserve(path, true); !errors.Is(err, bench.ErrUsage) {
		t.Errorf("resumed what is being measured: %v", err)
	}
	two()
	three := take(true, second)
	three()
	one()
	take(true, second)() // the first one has ended well
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	take(true, path)()
	if err := errors.Join(os.Remove(path), os.Remove(second)); err != nil {
		t.Fatal(err)
	}
	take(true, path)() // that there is none is told by whoever opens it
	take(false, path)()
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if name, release, err := bench.Reserve("", true); name != "" || release == nil || err != nil {
		t.Errorf("no journal is %q, %v", name, err)
	}
}

// Of two measurements that were interrupted, the one that does not fit says where the other is.
func TestResumeNamesTheOtherJournals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "units.jsonl")
	j := lab.Job("fused")
	j.Options.Units = 2
	run := lab.Quiet().Runner()
	for seed, name := range map[uint64]string{1: path, 2: strings.Replace(path, "units", "units-2", 1)} {
		j.Options.Seed, run.Journal = seed, name
		if _, err := judged(run.Run(context.Background(), j)); err != nil {
			t.Fatal(err)
		}
	}
	j.Options.Seed, run.Journal, run.Resume = 2, path, true
	_, err := judged(run.Run(context.Background(), j))
	if want := "are in " + filepath.Join(filepath.Dir(path), "units-2.jsonl") + ", to continue from some give their file the name " + path; !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// A folder that cannot be is told by whoever opens the journal.
func TestReserveNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(file, "units.jsonl")
	if name, _, err := bench.Reserve(path, false); name != path || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
}
