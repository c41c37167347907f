package acdeploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
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
