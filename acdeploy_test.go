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
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/reports"
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
		Backends: catalog.Catalog[backends.Backend]{ort.Entry(), reference.Entry(), fatalEntry()},
		Exact:    verify.ExactBy(reference.OpenPartly),
	}
}

// unusable makes the engine's absence certain: a library is named that is not there, by a variable of
// onnxruntime's own, so that its absence is no error.
func unusable(t *testing.T) {
	t.Helper()
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	t.Setenv("ORT_DYLIB_PATH", filepath.Join(t.TempDir(), "absent.so"))
}

func config(t *testing.T, model string) configs.Config {
	t.Helper()
	cfg := configs.Defaults()
	cfg.Model, cfg.Report = model, t.TempDir()
	return cfg
}

// TestRunLeavesNoEmptyFolder ends before anything is written, as on a full disk.
func TestRunLeavesNoEmptyFolder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	root := t.TempDir()
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Report, cfg.Output = filepath.Join(root, "new", "report"), filepath.Join(root, "out", "fused.onnx")
	_, err := acdeploy.Run(ctx, cfg, toolbox(), acdeploy.Settings{}, func(e acdeploy.Event) {
		if e.Stage == acdeploy.StageFuse {
			if _, err := os.Stat(cfg.Report); err != nil {
				t.Error(err)
			}
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
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
