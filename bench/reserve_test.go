package bench_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
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
	take(true, path)() // that there is none is told by whoever opens it
	take(false, path)()
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v", left, err)
	}
	if name, release, err := bench.Reserve("", true); name != "" || release == nil || err != nil {
		t.Errorf("no journal is %q, %v", name, err)
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
