package acdeploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
)

// TestMakePlan says what a run would do and leaves nothing behind, not even the folders that a run makes.
func TestMakePlan(t *testing.T) {
	unusable(t)
	dir := t.TempDir()
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Baseline = "examples/cifar_quick/baseline.onnx"
	cfg.Output, cfg.Report = filepath.Join(dir, "new", "fused.onnx"), filepath.Join(dir, "report")
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("ort")}}
	cfg.Bench.Adaptive, cfg.Bench.Batch = true, []int64{1, 8}
	p, err := acdeploy.MakePlan(t.Context(), cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Arms) != 3 || p.Arms[0].Role != "baseline" || p.Arms[2].Path != cfg.Output || len(p.Fuse.Rewrites) == 0 || p.Fuse.Output != nil {
		t.Errorf("%+v", p)
	}
	if len(p.Engines) != 1 || p.Engines[0].Skip == nil || p.Seconds != 0 {
		t.Errorf("an engine that is not there: %+v, %g s", p.Engines, p.Seconds)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := cfg
	blocked.Report = filepath.Join(file, "report")
	if p, err := acdeploy.MakePlan(t.Context(), blocked, toolbox(), acdeploy.Settings{}); acdeploy.ExitCode(err) != acdeploy.ExitFailed || p == nil || err.Error() != "write report into "+blocked.Report+": not a directory" {
		t.Errorf("a folder that cannot be: %v, plan %v", err, p != nil)
	}
	cfg.Bench.Backends[0].Required = true
	if p, err := acdeploy.MakePlan(t.Context(), cfg, toolbox(), acdeploy.Settings{}); acdeploy.ExitCode(err) != acdeploy.ExitMissing || p == nil {
		t.Errorf("a required engine: %v, plan %v", err, p != nil)
	}
	cfg.Bench.Shapes = bench.Sizes{{Symbol: "depth", Sizes: []int64{3}}}
	if _, err := acdeploy.MakePlan(t.Context(), cfg, toolbox(), acdeploy.Settings{}); acdeploy.ExitCode(err) != acdeploy.ExitUsage {
		t.Errorf("a size of nothing: %v", err)
	}
	if r, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); acdeploy.ExitCode(err) != acdeploy.ExitUsage || r != nil && r.Fuse != nil {
		t.Errorf("a run with a size of nothing fuses before it says so: %v", err)
	}
	cfg.Bench.Shapes = nil
	cfg.Model = "nowhere.onnx"
	if _, err := acdeploy.MakePlan(t.Context(), cfg, toolbox(), acdeploy.Settings{}); acdeploy.ExitCode(err) != acdeploy.ExitFailed {
		t.Errorf("no model: %v", err)
	}
}
