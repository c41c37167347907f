package acdeploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
	"github.com/acdeploy/acdeploy/worker"
)

const workerArgument = "serve-as-worker"

// TestMain makes this program its own worker.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		if err := worker.Serve(context.Background(), os.Stdin, os.Stdout, toolbox().Opener("")); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func toolbox() acdeploy.Toolbox {
	return acdeploy.Toolbox{
		Launch:   worker.Command(os.Args[0], workerArgument),
		Passes:   passes.Catalog(),
		Backends: catalog.Catalog[backends.Backend]{ort.Entry(), reference.Entry()},
		Exact:    func(m *graph.Model) (verify.Exact, error) { return reference.OpenGraph(m) },
	}
}

// unusable makes the engine's absence certain: a library is named outright that is not there.
func unusable(t *testing.T) {
	t.Helper()
	t.Setenv("ACDEPLOY_ORT_LIB", filepath.Join(t.TempDir(), "absent.so"))
}

func config(t *testing.T, model string) configs.Config {
	t.Helper()
	cfg := configs.Defaults()
	cfg.Model, cfg.Report = model, t.TempDir()
	return cfg
}

func TestRunWithoutEngine(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Baseline = "examples/cifar_quick/baseline.onnx"
	var stages []string
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, func(e acdeploy.Event) {
		if e.Ended {
			stages = append(stages, string(e.Stage))
		}
	})
	if !errors.Is(err, acdeploy.ErrMissing) || !strings.Contains(err.Error(), "no engine could run: ort: ") {
		t.Fatalf("got %v", err)
	}
	if want := []string{"fuse", "verify", "bench", "report"}; !cmp.Equal(stages, want) {
		t.Errorf("stages ended: %v, want %v", stages, want)
	}
	if report.Verify.Proof != verify.Algebra || !report.Verify.Equal {
		t.Errorf("verify: %+v", report.Verify.Result)
	}
	if len(report.Skipped) != 1 || report.Skipped[0].Backend != "ort" || report.Skipped[0].Remedy == "" {
		t.Errorf("skipped: %+v", report.Skipped)
	}
	if _, err := os.Stat(report.Fuse.Output.Path); err != nil {
		t.Error(err)
	}
	read, err := reports.Read(filepath.Join(cfg.Report, reports.FileName))
	if err != nil || read.Fuse.Output.SHA256 != report.Fuse.Output.SHA256 {
		t.Errorf("the report on disk: %v", err)
	}
}

// bend is a pass with a defect: it changes one weight by a relative 1e-9, once.
type bend struct{ factor float64 }

// bent multiplies another recipe.
type bent struct {
	tensor.Recipe
	factor float64
}

func (b bent) Row(dst []float64, row int) {
	b.Recipe.Row(dst, row)
	for i := range dst {
		dst[i] *= b.factor
	}
}

func (b *bend) Run(_ context.Context, r *pipeline.Rewriter) error {
	for v := range r.Graph().Initializers() {
		t := v.Constant()
		if b.factor != 1 && t != nil && t.Rank() == 4 {
			r.Rewrite(v.Name(), "bent", func() { v.SetData(tensor.Compute(t.Type(), t.Shape(), bent{t, b.factor})) })
			b.factor = 1
		}
	}
	return nil
}

// A defect far below the rounding of the file's own type does not escape the algebra.
func TestRunSeesADefect(t *testing.T) {
	unusable(t)
	for name, factor := range map[string]float64{"sign": -1, "scale": 1 + 1e-10} {
		t.Run(name, func(t *testing.T) {
			tools := toolbox()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
				Name: "bend", Doc: "bends", New: func() pipeline.Pass { return &bend{factor} },
			})
			report, err := acdeploy.Run(t.Context(), config(t, "examples/cifar_quick/acnet.onnx"), tools, acdeploy.Settings{}, nil)
			if !errors.Is(err, acdeploy.ErrDiffer) || report.Verify.Equal {
				t.Errorf("got %v, equal %v", err, report.Verify.Equal)
			}
		})
	}
}

// A program that cannot start workers measures nothing, and says so.
func TestRunWithoutWorkers(t *testing.T) {
	unusable(t)
	tools := toolbox()
	tools.Launch = nil
	report, err := acdeploy.Run(t.Context(), config(t, "examples/cifar_quick/acnet.onnx"), tools, acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrMissing) || len(report.Skipped) != 1 || report.Comparisons == nil {
		t.Errorf("skipped %+v, %v", report.Skipped, err)
	}
}

func TestRunMeasures(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	for key, value := range map[string]string{
		"bench.backends": "[{reference: {max_elements: 1000000}}]", "bench.units": "2", "bench.duration": "500ms",
		"gates.latency.require": "faster",
	} {
		if err := cfg.Set(key, value, "test"); err != nil {
			t.Fatal(err)
		}
	}
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrGate) { // two units carry no verdict
		t.Fatalf("got %v", err)
	}
	if len(report.Comparisons) != 1 || report.Comparisons[0].Baseline != cfg.Model {
		t.Errorf("comparisons: %+v", report.Comparisons)
	}
	if got := string(report.Settings[0].Options); got != `{"max_elements":1000000}` {
		t.Errorf("options of the engine: %s", got)
	}
}

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

func TestRunRefusesToOverwriteItsInput(t *testing.T) {
	text, err := os.ReadFile("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, path)
	cfg.Output = filepath.Join(filepath.Dir(path), ".", "model.onnx")
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrUsage) {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !cmp.Equal(text, after) {
		t.Errorf("the input was changed: %v", err)
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
