package acdeploy_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// What a configuration cannot mean is refused before any model is opened.
func TestNewJobRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*configs.Config)
		settings acdeploy.Settings
		want     string
	}{
		"no model":         {change: func(c *configs.Config) { c.Model = "" }, want: "model is missing"},
		"unknown pass":     {change: func(c *configs.Config) { c.Disable = []string{"fold_bn"} }, want: `"fold_bn" is not known`},
		"unknown engine":   {change: func(c *configs.Config) { c.Bench.Backends[0].Name = "orrt" }, want: `"orrt" is not known`},
		"unknown provider": {settings: acdeploy.Settings{Provider: "cuba"}, want: `provider "cuba" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, "nowhere.onnx")
			if c.change != nil {
				c.change(&cfg)
			}
			_, err := acdeploy.NewJob(cfg, toolbox(), c.settings)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// What would fail after minutes fails at once, and nothing but a report of it is written.
func TestPreflight(t *testing.T) {
	unusable(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*configs.Config)
		want   string
	}{
		"output":   {func(c *configs.Config) { c.Output = filepath.Join(file, "fused.onnx") }, "there is no folder"},
		"data":     {func(c *configs.Config) { c.Verify.Data.Path = "nowhere.npz" }, "nowhere.npz"},
		"baseline": {func(c *configs.Config) { c.Baseline = "nowhere.onnx" }, "nowhere.onnx"},
		"another interface": {
			func(c *configs.Config) { c.Baseline = "passes/testdata/block0.onnx" }, `compare passes/testdata/block0.onnx with examples/cifar_quick/acnet.onnx`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, "examples/cifar_quick/acnet.onnx")
			c.change(&cfg)
			report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if report == nil || report.Fuse != nil || report.Conclusion == nil || report.Conclusion.Passed {
				t.Errorf("the report is %+v", report)
			}
			if left := fileNames(t, cfg.Report); !slices.Equal(left, []string{reports.PageName, reports.FileName}) {
				t.Errorf("it wrote %v", left)
			}
		})
	}
}

// Without a path for the model it goes into the folder of the report.
func TestOutputGoesToTheReport(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrMissing) {
		t.Fatal(err)
	}
	if want := filepath.Join(cfg.Report, "fused.onnx"); report.Fuse.Output.Path != want {
		t.Errorf("it is %s, want %s", report.Fuse.Output.Path, want)
	}
}

// TestFuseTo: the model that passes rewrite in place becomes the same file as a copy of it does, and the record of it is the same.
func TestFuseTo(t *testing.T) {
	models, _ := filepath.Glob("examples/*/acnet.onnx")
	if len(models) == 0 {
		t.Fatal("there are no examples")
	}
	for _, path := range models {
		job, err := acdeploy.NewJob(config(t, path), toolbox(), acdeploy.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		open := func() *model.File {
			f, err := model.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = f.Close() })
			return f
		}
		out := filepath.Join(t.TempDir(), "fused.onnx")
		fused, err := job.Fuse(t.Context(), open())
		if err != nil {
			t.Fatal(err)
		}
		saved, err := fused.Save(t.Context(), out)
		if err != nil {
			t.Fatal(err)
		}
		got, notes, err := job.FuseTo(t.Context(), open(), out)
		if err != nil || len(notes) > 0 {
			t.Fatal(err, notes)
		}
		for _, d := range []*reports.Fuse{got, saved.Document()} {
			for i := range d.Passes {
				d.Passes[i].Nanoseconds = 0
			}
		}
		if diff := cmp.Diff(saved.Document(), got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if len(got.Became) == 0 {
			t.Errorf("%s: nothing became anything", path)
		}
		brief, err := acdeploy.NewJob(config(t, path), toolbox(), acdeploy.Settings{Brief: true})
		if err != nil {
			t.Fatal(err)
		}
		short, _, err := brief.FuseTo(t.Context(), open(), out)
		if err != nil || short.Output.SHA256 != got.Output.SHA256 || len(short.Rewrites) != len(got.Rewrites) {
			t.Errorf("%s: in brief it becomes %v, %v", path, short.Output, err)
		}
		if diff := cmp.Diff([2]reports.Graph{got.Before.Graph, got.After.Graph}, [2]reports.Graph{short.Before.Graph, short.After.Graph}); diff != "" || short.Before.Layers != nil || short.Became != nil {
			t.Errorf("%s: in brief the networks are others, or their layers are told: %s", path, diff)
		}
		if none, _, err := job.FuseTo(t.Context(), open(), ""); err != nil || none.Output != nil {
			t.Errorf("%s: wrote %v, %v", path, none.Output, err)
		}
	}
}
