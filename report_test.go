package acdeploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
)

func TestRunEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	report, err := acdeploy.Run(ctx, cfg, toolbox(), acdeploy.Settings{}, func(e acdeploy.Event) {
		if e.Stage == acdeploy.StageVerify {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if report == nil || report.Fuse == nil || report.Verify != nil {
		t.Fatalf("what was done is not kept: %+v", report)
	}
	if _, err := reports.Read(filepath.Join(cfg.Report, reports.FileName)); err != nil {
		t.Error(err)
	}
}

// The report outlives the mapped model: its names have memory of their own.
func TestReportOutlivesTheModel(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrMissing) {
		t.Fatalf("got %v", err)
	}
	var all strings.Builder
	for _, r := range report.Fuse.Rewrites {
		all.WriteString(r.Node + r.Detail)
	}
	for op := range report.Fuse.Before.Ops {
		all.WriteString(op)
	}
	for _, c := range report.Verify.Checks {
		for _, o := range c.Outputs {
			all.WriteString(o.Name)
		}
	}
	if !strings.Contains(all.String(), "Conv") {
		t.Error("no name of the model is in the report")
	}
}

// TestRunWritesTheFormatsThatAreAskedFor beside the report, of a run that failed and of one that was refused as well: none may be that of an
// earlier run.
func TestRunWritesTheFormatsThatAreAskedFor(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Reports = []string{"junit", "md"}
	tools := toolbox()
	tools.Formats = formats.Catalog()
	holds := func(file, want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(cfg.Report, file))
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %v, it has no %q", file, err, want)
		}
	}
	if _, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrMissing) {
		t.Fatal(err)
	}
	holds("junit.xml", `name="passed" value="false"`)
	holds("report.md", "## Result")
	if err := tools.Refuse(cfg, errors.New("a typing error")); err == nil || err.Error() != "a typing error" {
		t.Error(err)
	}
	holds("junit.xml", "a typing error")
	cfg.Model = "absent.onnx"
	if _, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil); err == nil {
		t.Error("a model that is not there is no error")
	}
	holds("junit.xml", "absent.onnx")
}

// TestReportSaysWhatCouldNotBeWritten whichever file of the report it is: the exit code, report.json and the page agree.
func TestReportSaysWhatCouldNotBeWritten(t *testing.T) {
	for _, name := range []string{reports.PageName, "junit.xml", reports.FileName} {
		t.Run(name, func(t *testing.T) {
			cfg := benchConfig(t)
			cfg.Reports = []string{"junit"}
			tools := toolbox()
			tools.Formats = formats.Catalog()
			ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, path string) error {
				if op == osfile.OpRename && filepath.Base(path) == name {
					return errFault
				}
				return nil
			})
			_, err := benchReport(ctx, t, cfg, tools)
			if acdeploy.ExitCode(err) != acdeploy.ExitFailed || strings.Count(err.Error(), string(filepath.Separator)+name) != 1 || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			sameResult(t, cfg.Report, name, err)
			for _, other := range []string{reports.PageName, "junit.xml", reports.FileName} {
				text, missing := os.ReadFile(filepath.Join(cfg.Report, other))
				if there := other != name && name != reports.FileName; there != (missing == nil) {
					t.Errorf("%s: %v", other, missing)
				}
				if missing == nil && !strings.Contains(string(text), "input/output error") {
					t.Errorf("%s does not say that %s could not be written", other, name)
				}
			}
		})
	}
}

// benchConfig is for a short measurement that nothing is required of.
func benchConfig(t *testing.T) configs.Config {
	t.Helper()
	cfg := config(t, "examples/cifar_quick/baseline.onnx")
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
	cfg.Bench.Units, cfg.Bench.Duration = 2, 200*time.Millisecond
	cfg.Gates.Latency.Require = judge.RequireNothing
	return cfg
}

func benchReport(ctx context.Context, t *testing.T, cfg configs.Config, tools acdeploy.Toolbox) (*reports.Report, error) {
	t.Helper()
	job, err := acdeploy.NewJob(cfg, tools, acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return job.BenchReport(ctx, func() (acdeploy.Arms, error) {
		return acdeploy.OpenArms(cfg.Model, []string{cfg.Model}, "")
	}, nil)
}

// TestBenchReport keeps a measurement as a run does, and a failure to begin one as well.
func TestBenchReport(t *testing.T) {
	cfg := benchConfig(t)
	report, err := benchReport(t.Context(), t, cfg, toolbox())
	if err != nil {
		t.Fatal(err)
	}
	read, err := reports.Read(filepath.Join(cfg.Report, reports.FileName))
	if err != nil || !read.Measured() || !read.Conclusion.Passed || len(read.Comparisons) != 1 || read.Baseline == nil {
		t.Errorf("the report on disk: %v, %+v", err, read)
	}
	if page, err := os.ReadFile(report.PagePath); err != nil || !strings.Contains(string(page), "<h1>PASSED</h1>") {
		t.Errorf("the page: %v", err)
	}
	if _, err := os.Stat(reports.UnitsPath(cfg.Report)); err == nil {
		t.Error("the units are left beside the report that holds them")
	}
	cfg.Model = "absent.onnx"
	if _, err := benchReport(t.Context(), t, cfg, toolbox()); err == nil {
		t.Error("a model that is not there is no error")
	}
	if read, err := reports.Read(filepath.Join(cfg.Report, reports.FileName)); err != nil || read.Conclusion.Passed || read.Measured() {
		t.Errorf("the report of a model that is not there: %v", err)
	}
}
