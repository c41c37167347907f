package bench_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/worker"
)

func TestWatch(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"written":  func(path string) error { return os.WriteFile(path, []byte("longer than before"), 0o600) },
		"touched":  func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) },
		"removed":  os.Remove,
		"replaced": func(path string) error { return os.Rename(filepath.Join(filepath.Dir(path), "other"), path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range []string{"model", "other"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte("same"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(dir, "model")
			if err := os.Chtimes(filepath.Join(dir, "other"), time.Unix(9, 0), time.Unix(9, 0)); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Unix(9, 0), time.Unix(9, 0)); err != nil {
				t.Fatal(err)
			}
			alone, folder := bench.NewWatch(path, filepath.Join(dir, "nowhere")), bench.NewWatch(dir)
			if err := os.Chmod(path, 0o640); err != nil {
				t.Fatal(err)
			}
			if got := alone.Changed() + folder.Changed(); got != "" {
				t.Errorf("%s changed by its mode", got)
			}
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			if got := alone.Changed(); got != path {
				t.Errorf("%q changed, want %s", got, path)
			}
			if got := folder.Changed(); got == "" {
				t.Error("the folder of it did not change")
			}
		})
	}
	if (bench.Watch{}).Changed() != "" {
		t.Error("nothing changed")
	}
}

// A file that changes while it is measured makes the verdict invalid, whenever that is: before the first worker opens it,
// and within a unit. What is measured later is not measured, under no setting.
func TestFileThatChanges(t *testing.T) {
	for name, when := range map[string]func(n int, req worker.Request) bool{
		"before the first worker": func(n int, req worker.Request) bool { return n == 0 && req.Open != nil },
		"within unit 3":           func(n int, req worker.Request) bool { return n == 3 && lab.Block(req) },
		"with the last unit":      func(n int, req worker.Request) bool { return n == 11 && req.Run != nil },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fused.onnx")
			if err := os.WriteFile(path, []byte("model"), 0o600); err != nil {
				t.Fatal(err)
			}
			l, launched := lab.Quiet(), 0
			l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
				if launched = n + 1; when(n, req) {
					return os.WriteFile(path, []byte("another model"), 0o600)
				}
				return nil
			}
			run := l.Runner()
			run.Watch = bench.NewWatch(path)
			j := lab.Job("fused")
			j.Options.Batch = []int64{1, 8}
			res, err := judged(run.Run(context.Background(), j))
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Comparisons) != 2 || launched > 12+1 {
				t.Errorf("%d comparisons, %d workers", len(res.Comparisons), launched)
			}
			for _, c := range res.Comparisons {
				if c.Verdict != judge.Invalid || !strings.Contains(c.Reason, path+" changed while it was measured") {
					t.Errorf("verdict %s: %s", c.Verdict, c.Reason)
				}
			}
			rec, err := res.Recording()
			if err != nil {
				t.Fatal(err)
			}
			if again := judge.Judge(rec); again.Comparisons[0].Reason != res.Comparisons[0].Reason {
				t.Errorf("judged again: %s", again.Comparisons[0].Reason)
			}
		})
	}
}
