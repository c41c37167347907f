package acdeploy_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/release"
)

// released is a configuration whose run makes a release within seconds, on the reference.
func released(t *testing.T) configs.Config {
	t.Helper()
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Baseline, cfg.Release, cfg.ReleaseName = "examples/cifar_quick/baseline.onnx", filepath.Join(t.TempDir(), "release"), "cifar"
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
	cfg.Bench.Duration, cfg.Bench.Units = time.Second, 2
	cfg.Gates.Latency.Require = judge.RequireNothing
	return cfg
}

// The model that a release holds is the very file that was verified and measured, and says where it comes from.
func TestRunWritesTheRelease(t *testing.T) {
	cfg := released(t)
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := release.Open(cfg.Release)
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "cifar" || !f.Passed() || f.Report.Fuse.Output.SHA256 != report.Fuse.Output.SHA256 {
		t.Errorf("%+v", f)
	}
	for _, file := range f.Files {
		if file.Name == release.ModelFile && file.SHA256 != report.Fuse.Output.SHA256 {
			t.Errorf("the model is %s, measured was %s", file.SHA256, report.Fuse.Output.SHA256)
		}
	}
	made, err := f.Provenance()
	if err != nil || made.Source != report.Fuse.Input.ModelSHA256 || made.Passes == "" || made.Config == "" || made.Version == "" {
		t.Errorf("provenance %+v, %v", made, err)
	}
	for _, c := range release.Verify(f) {
		if !c.Passed {
			t.Errorf("%+v", c)
		}
	}
}

// A run that fails leaves the release of an earlier one, and makes none where there was none.
func TestAFailedRunReleasesNothing(t *testing.T) {
	cfg := released(t)
	cfg.Gates.Fused.ConvCount = "1"
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrGate) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(cfg.Release); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a release: %v", err)
	}
}

// A folder that could not become a release is refused before anything is done.
func TestReleaseFolderIsChecked(t *testing.T) {
	occupied := t.TempDir()
	if err := os.WriteFile(filepath.Join(occupied, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	for dir, want := range map[string]int{occupied: acdeploy.ExitFailed, cfg.Report: acdeploy.ExitUsage} {
		cfg.Release = dir
		report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
		if code := acdeploy.ExitCode(err); code != want || report != nil && report.Fuse != nil {
			t.Errorf("%s: exit code %d, %v", dir, code, err)
		}
	}
}
