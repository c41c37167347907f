package acdeploy_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/claims"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/tensor"
)

// fatal is the reference, but ends each worker that measures with it.
type fatal struct{ backends.Backend }

func (fatal) Open(ctx context.Context, m backends.Model, tuning backends.Tuning) (backends.Session, error) {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		os.Exit(9)
	}
	return reference.New().Open(ctx, m, tuning)
}

func fatalEntry() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{Name: "fatal", Doc: "for tests", New: func() backends.Backend { return fatal{reference.New()} }}
}

// failure is a run that fails at one stage.
type failure struct {
	change func(t *testing.T, cfg *configs.Config, tools *acdeploy.Toolbox)
	cancel acdeploy.Stage                                           // at which it is interrupted; "" for none
	fault  func(op osfile.Op, path string) error                    // of files; nil for none
	code   int                                                      // exit code
	stages func(r *reports.Report) (fused, verified, measured bool) // what the report has of each
}

func reached(fused, verified, measured bool) func(*reports.Report) (bool, bool, bool) {
	return func(*reports.Report) (bool, bool, bool) { return fused, verified, measured }
}

func failures() map[string]failure {
	return map[string]failure{
		"unreadable model": {change: func(t *testing.T, cfg *configs.Config, _ *acdeploy.Toolbox) {
			t.Helper()
			cfg.Model = filepath.Join(t.TempDir(), "bad.onnx")
			if err := os.WriteFile(cfg.Model, []byte("no model"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, code: acdeploy.ExitFailed, stages: reached(false, false, false)},
		"pass that fails": {change: func(_ *testing.T, _ *configs.Config, tools *acdeploy.Toolbox) {
			tools.Passes = append(slices.Clone(tools.Passes), catalog.Entry[pipeline.Pass]{Name: "broken", Doc: "for tests", New: func() pipeline.Pass { return &brokenPass{} }})
		}, code: acdeploy.ExitFailed, stages: reached(false, false, false)},
		"nothing fused": {change: func(t *testing.T, cfg *configs.Config, _ *acdeploy.Toolbox) {
			t.Helper()
			n := newNet(t, tensor.Float32, 1, 1, 4, 4)
			cfg.Baseline = ""
			cfg.Model, cfg.RequireFused = saved(t, "plain.onnx", n.output(n.node("Relu", n.x))), true
		}, code: acdeploy.ExitGate, stages: reached(true, false, false)},
		"other answers": {change: func(_ *testing.T, _ *configs.Config, tools *acdeploy.Toolbox) {
			tools.Passes = wrong().Passes
		}, code: acdeploy.ExitDiffer, stages: reached(true, true, false)},
		"engine absent": {change: func(_ *testing.T, cfg *configs.Config, _ *acdeploy.Toolbox) {
			cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("ort")}}
		}, code: acdeploy.ExitMissing, stages: reached(true, true, false)},
		"worker that crashes": {change: func(_ *testing.T, cfg *configs.Config, _ *acdeploy.Toolbox) {
			cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("fatal")}}
			cfg.Gates.Latency.Require = judge.RequireEquivalent
		}, code: acdeploy.ExitInvalid},
		"gate": {change: func(_ *testing.T, cfg *configs.Config, _ *acdeploy.Toolbox) {
			cfg.Gates.Latency.Require, cfg.Gates.SpeedupMin = judge.RequireNothing, 1000
		}, code: acdeploy.ExitGate, stages: reached(true, true, true)},
		"page that cannot be written": {fault: func(op osfile.Op, path string) error {
			if op == osfile.OpRename && filepath.Base(path) == reports.PageName {
				return errFault
			}
			return nil
		}, code: acdeploy.ExitFailed, stages: reached(true, true, true)},
		"interrupted at verify": {cancel: acdeploy.StageVerify, code: acdeploy.ExitInterrupted, stages: reached(true, false, false)},
		"interrupted at bench":  {cancel: acdeploy.StageBench, code: acdeploy.ExitInterrupted},
		"nothing":               {code: acdeploy.ExitOK, stages: reached(true, true, true)},
	}
}

type brokenPass struct{}

func (*brokenPass) Run(context.Context, *pipeline.Rewriter) error { return errors.New("broken") }

// TestNoReportSaysWhatIsNotTrue fails a run at each stage. It has a baseline, and little time. Nothing that its report says in any form is
// false, and what was not done is said.
func TestNoReportSaysWhatIsNotTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("measures; -short")
	}
	unusable(t)
	for name, f := range failures() {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, "examples/cifar_quick/acnet.onnx")
			cfg.Baseline = "examples/cifar_quick/baseline.onnx"
			cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
			cfg.Bench.Units, cfg.Bench.Duration = 2, 200*time.Millisecond
			cfg.Gates.Latency.Require = judge.RequireNothing
			tools := toolbox()
			if f.change != nil {
				f.change(t, &cfg, &tools)
			}
			ctx, cancel := context.WithCancel(osfile.WithFaults(t.Context(), f.fault))
			defer cancel()
			report, err := acdeploy.Run(ctx, cfg, tools, acdeploy.Settings{}, func(e acdeploy.Event) {
				if f.cancel != "" && e.Stage == f.cancel {
					cancel()
				}
			})
			if code := acdeploy.ExitCode(err); code != f.code {
				t.Fatalf("exit code %d, want %d: %v", code, f.code, err)
			}
			read, err := reports.Read(report.Path)
			if err != nil {
				t.Fatal(err)
			}
			truthful(t, read)
			if f.stages == nil {
				return
			}
			fused, verified, measured := f.stages(read)
			if (read.Fuse != nil) != fused || (read.Verify != nil) != verified || (len(read.Comparisons) > 0) != measured {
				t.Errorf("it has a fusion: %t, a verification: %t, a measurement: %t", read.Fuse != nil, read.Verify != nil, len(read.Comparisons) > 0)
			}
		})
	}
}

// truthful looks for what is not true in the forms of a report for people.
func truthful(t *testing.T, r *reports.Report) {
	t.Helper()
	for _, name := range []string{"markdown", "table", "html"} {
		format, err := formats.Catalog().Make(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := format.Write(reports.Output{Writer: &text, ASCII: true}, r); err != nil {
			t.Fatal(err)
		}
		for _, what := range claims.False(r, claims.Plain(text.String())) {
			t.Errorf("%s: %s", name, what)
		}
	}
}
