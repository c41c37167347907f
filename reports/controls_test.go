package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// A control that failed for one candidate did not succeed, though it did for another. Another plan has a
// section of its own.
func TestControls(t *testing.T) {
	r := reporttest.Whole()
	key := r.Controls[0].Key
	r.Controls = append(r.Controls,
		judge.Control{Key: key, Name: judge.ControlAnswers, State: judge.OK},
		judge.Control{Key: key, Name: judge.ControlAnswers, Candidate: r.Fuse.Output.Path, State: judge.Fail, Detail: "they differ"},
		judge.Control{Key: key, Name: judge.ControlWeights, State: judge.Absent, Detail: "not looked at"},
		judge.Control{Key: key, Name: judge.ControlPlans, State: judge.Warn, Detail: "another plan"},
	)
	text := strings.Join(strings.Fields(reporttest.Rendered(t, "table", true, r)), " ")
	for _, want := range []string{
		"Succeeded: A/A control.", "answers of fused: FAILED: they differ.", "weights: not checked: not looked at.", "warning: other programs waited",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	if strings.Contains(text, "another plan") {
		t.Error("plans are told among the controls, too")
	}
}

// What could not be run is told once, whichever part missed it, with what to do.
func TestSkippedIsToldOnce(t *testing.T) {
	r := reporttest.NoEngine()
	r.Skipped = append(r.Skipped, backends.Skip{Backend: "ort", Provider: "cuda", Reason: r.Skipped[0].Reason})
	text := strings.Join(strings.Fields(reporttest.Rendered(t, "table", true, r)), " ")
	if n := strings.Count(text, "ort cpu: the library of ONNX Runtime was not found. What to do: run acdeploy runtime install"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, text)
	}
	r = reports.New(reporttest.Fused(), nil, nil)
	if text := reporttest.Rendered(t, "table", true, r); strings.Contains(text, "baseline: none was given") {
		t.Error("fuse alone asks for a baseline")
	}
}
