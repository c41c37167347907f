package reports_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
)

// written puts a report into a directory.
func written(t *testing.T, dir string, measured *judge.Result) {
	t.Helper()
	if err := reports.New(nil, nil, measured).Write(dir); err != nil {
		t.Fatal(err)
	}
}

func TestRotateKeepsMeasurementsOnly(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		old  *judge.Result
		want string
	}{
		{"no measurement", &judge.Result{Started: "2026-11-23T21:55:14Z"}, ""},
		{"measurement", &judge.Result{Started: "2026-11-23T21:55:14Z", Units: []bench.UnitRecord{{}}}, "report-20261123T215514Z.json"},
		{"same moment", &judge.Result{Started: "2026-11-23T21:55:14Z", Units: []bench.UnitRecord{{}}}, "report-20261123T215514Z-2.json"},
		{"no moment", &judge.Result{Started: "../../x", Units: []bench.UnitRecord{{}}}, "report-earlier.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			written(t, dir, c.old)
			got, err := reports.Rotate(dir)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if got != "" {
					t.Fatalf("moved to %s", got)
				}
				return
			}
			if filepath.Base(got) != c.want {
				t.Errorf("moved to %s, want %s", got, c.want)
			}
			if kept, err := reports.Read(got); err != nil || !kept.Measured() {
				t.Errorf("what was kept: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, reports.FileName)); err == nil {
				t.Error("the report is still there")
			}
		})
	}
}

func TestRotateWithoutReport(t *testing.T) {
	if got, err := reports.Rotate(t.TempDir()); got != "" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLockIsHeldByOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	unlock, err := reports.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Lock(dir); err == nil {
		t.Error("locked twice")
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := reports.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}
