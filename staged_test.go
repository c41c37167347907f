package acdeploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// dropRelu is a wrong pass: it takes every Relu out.
type dropRelu struct{}

func (dropRelu) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		if n.Is("Relu") && graph.CanReplace(n.Output(0), n.Input(0)) {
			r.Rewrite(n.Label(), "removed", func() {
				graph.ReplaceAllUses(n.Output(0), n.Input(0))
				n.Graph().Remove(n)
			})
		}
	}
	return nil
}

// wrong is a toolbox with a pass that changes the answers.
func wrong() acdeploy.Toolbox {
	tools := toolbox()
	tools.Passes = append(passes.Catalog(), catalog.Entry[pipeline.Pass]{
		Name: "drop_relu", Doc: "take every Relu out", New: func() pipeline.Pass { return dropRelu{} },
	})
	return tools
}

// onReference measures in pure Go, for a moment.
func onReference(t *testing.T, model string) configs.Config {
	t.Helper()
	cfg := config(t, model)
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
	return cfg
}

// fileNames lists what is in a folder, data files and temporary ones included. A star stands for the digest in the name of
// a data file.
func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	digest := regexp.MustCompile(`\.[0-9a-f]{16}\.data$`)
	var names []string
	for _, e := range entries {
		names = append(names, digest.ReplaceAllString(e.Name(), ".*.data"))
	}
	return names
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// inTwoFiles is a trained network whose weights lie in a data file.
func inTwoFiles(t *testing.T) string {
	t.Helper()
	f, err := mapped.Open("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	path := filepath.Join(t.TempDir(), "net.onnx")
	if _, err := mapped.Save(t.Context(), path, f.Model, mapped.Options{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	return path
}

// A model whose answers differ is kept under another name, and nothing is measured. The older file stays.
func TestRunRejectsWrongAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		model string
		want  []string
	}{
		"one_file":  {"examples/cifar_quick/acnet.onnx", []string{"fused.onnx", "fused.rejected.onnx", "report.html", "report.json"}},
		"data_file": {inTwoFiles(t), []string{"fused.onnx", "fused.rejected.onnx", "fused.rejected.onnx.*.data", "report.html", "report.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := onReference(t, c.model)
			cfg.Passes = []configs.Component{configs.Named("drop_relu")}
			final := filepath.Join(cfg.Report, "fused.onnx")
			write(t, final, "older")
			report, err := acdeploy.Run(t.Context(), cfg, wrong(), acdeploy.Settings{}, nil)
			if !errors.Is(err, acdeploy.ErrDiffer) || acdeploy.ExitCode(err) != acdeploy.ExitDiffer {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), "they differ from rewrite 1 of ") || !strings.Contains(err.Error(), "by pass drop_relu at ") {
				t.Errorf("the pass is not named: %v", err)
			}
			if text, err := os.ReadFile(final); err != nil || string(text) != "older" {
				t.Errorf("the older file: %.20q, %v", text, err)
			}
			if names := fileNames(t, cfg.Report); !slices.Equal(names, c.want) {
				t.Errorf("files: %v", names)
			}
			rejected := filepath.Join(cfg.Report, "fused.rejected.onnx")
			if f := report.Fuse; f.Output.Path != rejected || !strings.Contains(f.Rejected, "the answers differ") || report.Verify.After.Path != rejected {
				t.Errorf("output %+v, rejected %q, verified %+v", f.Output, f.Rejected, report.Verify.After)
			}
			if report.Measured() || len(report.Arms) > 0 {
				t.Error("it was measured")
			}
			if f, err := mapped.Open(rejected); err != nil || f.Close() != nil {
				t.Errorf("the rejected file: %v", err)
			}
		})
	}
}

// A later run that passes takes the rejected file away and puts the fused one in its place.
func TestRunForgetsWhatWasRejected(t *testing.T) {
	unusable(t)
	for name, model := range map[string]string{"one_file": "examples/cifar_quick/acnet.onnx", "data_file": inTwoFiles(t)} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, model)
			write(t, filepath.Join(cfg.Report, "fused.onnx"), "older")
			f, err := mapped.Open(model)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if _, err := mapped.Save(t.Context(), filepath.Join(cfg.Report, "fused.rejected.onnx"), f.Model, mapped.Options{}); err != nil {
				t.Fatal(err)
			}
			report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
			if !errors.Is(err, acdeploy.ErrMissing) { // nothing to measure on
				t.Fatalf("got %v", err)
			}
			want := []string{"fused.onnx", "report.html", "report.json"}
			if name == "data_file" {
				want = []string{"fused.onnx", "fused.onnx.*.data", "report.html", "report.json"}
			}
			if names := fileNames(t, cfg.Report); !slices.Equal(names, want) {
				t.Errorf("files: %v", names)
			}
			if report.Fuse.Rejected != "" || report.Fuse.Output.Path != filepath.Join(cfg.Report, "fused.onnx") {
				t.Errorf("output %+v, rejected %q", report.Fuse.Output, report.Fuse.Rejected)
			}
		})
	}
}

// An interrupt before the answers are known leaves no model, under no name.
func TestInterruptedVerificationLeavesNoModel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
	report, err := acdeploy.Run(ctx, cfg, toolbox(), acdeploy.Settings{}, func(e acdeploy.Event) {
		if e.Stage == acdeploy.StageVerify {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || report.Fuse.Output != nil {
		t.Errorf("output %+v, error %v", report.Fuse.Output, err)
	}
	if names := fileNames(t, cfg.Report); !slices.Equal(names, []string{reports.PageName, reports.FileName}) {
		t.Errorf("files: %v", names)
	}
}

// program is a pass that says that it starts a program. It negates twice what the first Relu gives, or once where it is wrong.
type program struct{ bad bool }

func (program) Starts() []string { return []string{"negate", "twice"} }

func (p program) Run(_ context.Context, r *pipeline.Rewriter) error {
	if r.Round() > 1 {
		return nil
	}
	r.Ran(pipeline.Program{Command: p.Starts()})
	for n := range r.Graph().Nodes() {
		if !n.Is("Relu") {
			continue
		}
		r.Rewrite(n.Label(), "negated", func() {
			at := n
			for range map[bool]int{true: 1, false: 2}[p.bad] {
				v := at.Output(0)
				m := graph.NewNode("Neg")
				m.TakeOutput(r.Graph().NewValue("minus"))
				r.Graph().InsertAfter(m, at)
				graph.ReplaceAllUses(v, m.Output(0))
				m.Output(0).Redefine()
				m.AddInput(v)
				at = m
			}
		})
		break
	}
	return nil
}

// TestBlameWithAProgram lays changed answers to the program among the passes, or to the pass before or behind it, and starts no program.
func TestBlameWithAProgram(t *testing.T) {
	for name, c := range map[string]struct {
		passes []string
		bad    bool
		want   string
	}{
		"the program":           {[]string{"fold_batchnorm", "program", "fuse_branches"}, true, "they differ from pass program on, negate twice, at "},
		"a pass before it":      {[]string{"fold_batchnorm", "drop_relu", "program"}, false, "they differ from a rewrite of pass drop_relu on, at "},
		"a pass behind it":      {[]string{"program", "fold_batchnorm", "drop_relu"}, false, "they differ from a rewrite of pass drop_relu on, at "},
		"without a program":     {[]string{"fold_batchnorm", "drop_relu"}, false, "by pass drop_relu at "},
		"the pass in its shade": {[]string{"drop_relu", "program"}, true, "they differ from a rewrite of pass drop_relu on, at "},
	} {
		t.Run(name, func(t *testing.T) {
			tools := wrong()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{Name: "program", Doc: "negates", New: func() pipeline.Pass { return program{c.bad} }})
			cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
			cfg.Passes = nil
			for _, p := range c.passes {
				cfg.Passes = append(cfg.Passes, configs.Named(p))
			}
			_, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil)
			if !errors.Is(err, acdeploy.ErrDiffer) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
