package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// onGPU is a report whose engine times itself on a GPU, chose another kernel for the candidate, and warned.
func onGPU() *reports.Report {
	r := reporttest.Whole()
	r.Settings[0].Engine = &backends.Description{Name: "tensorrt", Clock: backends.ClockGPU, Precision: "fp32", Choice: "engines are kept"}
	step := func(tactic string, ns int64) *backends.Step {
		return &backends.Step{Name: "conv1 + relu1", Op: "CaskConvolution", Detail: "t0 -> t1; Stride 2; TacticName " + tactic, Nanoseconds: ns}
	}
	r.Comparisons[0].Plan = judge.PlanDiff{
		State: judge.PlansDiffer, Baseline: 25, Candidate: 25, Differing: 1, CandidateNote: "kernels of it were timed when it was built",
		Differences: []judge.PlanDifference{{Baseline: step("sm90a", 20_480), Candidate: step("sm90b", 24_576)}},
	}
	r.Controls = append(r.Controls, judge.Control{Key: r.Comparisons[0].Key, Name: judge.ControlEngine, State: judge.Warn, Detail: "GPU compute time is unstable"})
	return r
}

// TestReportOfAGPU reads every format that people read for what a GPU adds to a report.
func TestReportOfAGPU(t *testing.T) {
	for _, format := range []string{"table", "markdown"} {
		text := strings.Join(strings.Fields(reporttest.Rendered(t, format, false, onGPU())), " ")
		for _, want := range []string{
			", GPU compute", "of the GPU alone, without copies, and not comparable with the others",
			"float32 is computed as such, TF32 is off.", "engines are kept.",
			"CaskConvolution conv1 + relu1 in place of conv1 + relu1, TacticName sm90b instead of TacticName sm90a, 24.6 µs instead of 20.5 µs",
			"fused: kernels of it were timed when it was built.", "GPU compute time is unstable",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", format, want)
			}
		}
		if strings.Contains(text, "Stride 2") {
			t.Errorf("%s shows what does not differ", format)
		}
	}
	for name, want := range map[string]string{"tf32": "multiplied in TF32", "fp16": "computed in float16", "bf16": "computed in bfloat16"} {
		r := onGPU()
		r.Settings[0].Engine.Precision = name
		if !strings.Contains(reporttest.Rendered(t, "table", false, r), want) {
			t.Errorf("%s is not said", name)
		}
	}
}

// TestSummary has a row for each model; several engines have one too, the models below them.
func TestSummary(t *testing.T) {
	r := reporttest.Whole()
	names := func() string {
		var all []string
		for _, row := range r.Page().Summary.Table.Rows {
			all = append(all, row[0])
		}
		return strings.Join(all, "|")
	}
	if got := r.Page().Summary.Title + ": " + names(); got != "Latency on ort cpu, batch 1, 1 thread: baseline|as trained|fused" {
		t.Error(got)
	}
	other := r.Arms[2]
	other.Setting, other.Batch = 1, 8
	r.Arms = append(r.Arms, other)
	if got := r.Page().Summary.Title + ": " + names(); got != "Latency: ort cpu, batch 1, 1 thread|  baseline|  as trained|  fused|ort cpu, batch 8, 1 thread|  fused" {
		t.Error(got)
	}
	if reports.New(nil, nil, nil).Page().Summary != nil {
		t.Error("nothing has a summary")
	}
}
