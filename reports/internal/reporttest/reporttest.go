// Package reporttest has reports for tests, and compares what is made of them with golden files.
package reporttest

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// Whole is the report of a run in which everything went well.
func Whole() *reports.Report {
	r := reports.New(Fused(), Checked(), Measured())
	r.Baseline = &reports.Model{
		File: File("examples/resnet20/baseline.onnx", "33", 1_100_000),
		Network: reports.Network{
			Graph:  reports.Graph{Nodes: 51, Parameters: 272_474, Ops: map[string]int{"Conv": 19, "Relu": 19, "Add": 9, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1, "Constant": 1}},
			Layers: layers("3×3"),
		},
	}
	r.Conclusion = &reports.Conclusion{Passed: true}
	r.Config = json.RawMessage(`{"version": 1, "model": "examples/resnet20/acnet.onnx"}`)
	r.Seeds = reports.Seeds{Verify: 1, Bench: 1}
	r.Tools = []host.Library{{Name: "onnxruntime", Path: "/opt/lib/libonnxruntime.so", Version: "1.32.0", SHA256: strings.Repeat("4", 64)}}
	r.Path = "acdeploy-report/report.json"
	r.Conclude()
	return r
}

// File is a model file of a size in bytes; its digests repeat the digits.
func File(path, digit string, size int64) reports.File {
	return reports.File{Path: path, SHA256: strings.Repeat(digit, 32), ModelSHA256: strings.Repeat(digit[:1]+"a", 32), Bytes: size}
}

// Fused is a fusion with rewrites and refusals.
func Fused() *reports.Fuse {
	result := &pipeline.Result{Rounds: 3, Converged: true, Passes: []pipeline.PassResult{
		{Name: "lift_constants", Elapsed: 120 * time.Microsecond},
		{Name: "fold_batchnorm", Elapsed: 3 * time.Millisecond, Rewrites: make([]pipeline.Rewrite, 57)},
		{Name: "fuse_branches", Elapsed: 2 * time.Millisecond, Rewrites: make([]pipeline.Rewrite, 18), Refusals: []pipeline.Refusal{
			{Node: "/layer1/layer1.0/Add", Reason: "misaligned", Detail: "the two inputs have strides 1 and 2; give both branches the same stride"},
			{Node: "/head/Add", Reason: "shared_output", Detail: "the value \"/head/Conv_output_0\" is also an output of the graph"},
		}},
		{Name: "remove_unused", Elapsed: 80 * time.Microsecond},
	}}
	for i := range result.Passes {
		for j := range result.Passes[i].Rewrites {
			result.Passes[i].Rewrites[j] = pipeline.Rewrite{Node: "/conv/BatchNormalization", Detail: "folded into /conv/Conv"}
		}
	}
	out := File("acdeploy-report/fused.onnx", "22", 1_103_412)
	f := reports.NewFuse(File("examples/resnet20/acnet.onnx", "11", 1_923_000), &out,
		reports.Network{
			Graph:  reports.Graph{Nodes: 182, Parameters: 463_514, Ops: map[string]int{"Conv": 57, "BatchNormalization": 57, "Relu": 19, "Add": 45, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1}},
			Layers: layers("3×3", "1×3", "3×1"),
		},
		reports.Network{
			Graph:  reports.Graph{Nodes: 50, Parameters: 272_474, Ops: map[string]int{"Conv": 19, "Relu": 19, "Add": 9, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1}},
			Layers: layers("3×3"),
		},
		result)
	f.Became = Merged(f.Before.Layers)
	return f
}

// Checked is a verification that found the answers equal.
func Checked() *reports.Verify {
	check := func(backend string, rel, allowed float64) verify.Check {
		return verify.Check{Backend: backend, Inputs: 3, Outputs: []verify.Output{{
			Name: "logits", MaxAbs: verify.Number(20 * rel), MaxRel: verify.Number(rel), Tolerance: verify.Number(allowed), Equal: rel <= allowed, Spread: 1.25,
		}}}
	}
	data := check("ort cpu, optimised", 4.1e-7, 2.1e-6)
	data.Inputs = 16
	data.Top1 = &verify.Top1{Output: "logits", Samples: 512, Before: 0.92578125, After: 0.92578125, Agreement: 1, Changed: []int{}}
	return reports.NewVerify(verify.NewResult(verify.Algebra,
		check("reference, unrounded", 3.1e-16, 1e-12),
		check("ort cpu, not optimised", 2.4e-7, 2.1e-6),
		check("ort cpu, optimised", 3.3e-7, 2.1e-6),
		data), nil)
}

// Measured is a measurement of a baseline, the model as trained and the fused one.
func Measured() *judge.Result {
	key := bench.Key{Backend: "ort", Provider: "cpu", Batch: 1, Threads: 1}
	arm := func(letter, role, name string, median int64, ratio, low, high float64) judge.ArmRecord {
		return judge.ArmRecord{
			Key: key, Arm: letter, Role: role, Name: name, Runs: 4, Median: median, P95: median + median/10,
			Ratio: bench.Float(ratio), CI: [2]bench.Float{bench.Float(low), bench.Float(high)},
			Units: []judge.ArmUnit{{Unit: 0, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{median, median + 10, median - 10, median + 3}}}}},
		}
	}
	result := &judge.Result{
		Schema: judge.Schema, Started: "2026-11-23T12:00:00Z", Options: bench.Defaults(),
		Settings: []judge.Setting{{Key: key, Shapes: map[string][]int64{"input": {1, 3, 32, 32}}, CPUClock: "thread", Schedule: bench.Schedule{Blocks: 5, Runs: 160}}},
		Arms: []judge.ArmRecord{
			arm("A", bench.RoleBaseline, "examples/resnet20/baseline.onnx", 312_345, 1, 1, 1),
			arm("B", bench.RoleControl, "examples/resnet20/baseline.onnx", 312_300, 1.0002, 0.999, 1.001),
			arm("C", bench.RoleCandidate, "acdeploy-report/fused.onnx", 311_800, 0.9982, 0.9941, 1.0027),
			arm("D", bench.RoleAsTrained, "examples/resnet20/acnet.onnx", 602_111, 1.9277, 1.9102, 1.9454),
		},
		Comparisons: []judge.Comparison{{
			Key: key, Baseline: "examples/resnet20/baseline.onnx", Candidate: "acdeploy-report/fused.onnx", BaselineMedian: 312_345, CandidateMedian: 311_800,
			Ratio: 0.9982, CI: [2]bench.Float{0.9941, 1.0027}, Confidence: 0.9, Margin: 0.02, DeltaStar: 0.0059, P: 0.0000213,
			DistributionFreeCI: [2]bench.Float{0.9938, 1.0031}, Units: 12, UnitsNeeded: 10, ControlDelta: 0.0051, Verdict: judge.Equivalent,
			Reason: "the 90 % interval 0.9941 to 1.0027 of the ratio lies within the margin of 2 %",
		}},
		Controls: []judge.Control{
			{Key: key, Name: judge.ControlAA, State: judge.OK, Detail: "the baseline against itself"},
			{Key: key, Name: judge.ControlLoad, State: judge.Warn, Detail: "other programs waited for a CPU for 1.2 s"},
		},
		Skipped: []backends.Skip{},
		Host: host.Facts{
			CPU:    host.CPU{Brand: "Example CPU 3000", LogicalCores: 2, PhysicalCores: 1},
			System: host.System{OS: "linux", Kernel: "6.1.0"},
			GPUs:   []host.GPU{}, Libraries: []host.Library{},
		},
		Units: []bench.UnitRecord{},
	}
	for i := range result.Arms {
		noted(&result.Arms[i])
	}
	c := &result.Comparisons[0]
	c.Speedup = judge.Speedup{Over: "examples/resnet20/acnet.onnx", Ratio: 1.931, CI: [2]bench.Float{1.915, 1.949}}
	c.Quantiles = []judge.QuantileRatio{{Q: 0.5, Ratio: 0.998, CI: [2]bench.Float{0.994, 1.003}}, {Q: 0.99, Ratio: 1.012, CI: [2]bench.Float{0.981, 1.041}, Detail: "optimistic: the interval of 12 units is too narrow, 20 would do"}}
	c.Plan = judge.PlanDiff{State: judge.PlansEqual, Baseline: 25, Candidate: 25, Differences: []judge.PlanDifference{}}
	return result
}

// noted adds what is told of an arm next to its latency.
func noted(a *judge.ArmRecord) {
	nan, cpu, peak := bench.Float(math.NaN()), a.Median-a.Median/50, int64(57_561_088)
	a.CPU, a.PeakRSS, a.Notes = &cpu, &peak, []string{}
	a.Files = bench.Files{SHA256: strings.Repeat("5", 64), ModelSHA256: strings.Repeat("5a", 32), Bytes: 1_109_861, Weights: &bench.Weights{Values: 273_946}}
	a.Dependence = judge.Dependence{Lag1: 0.31, Tau: 1.3, ESS: 3}
	for i, q := range []bench.Float{0.5, 0.9, 0.95, 0.99} {
		t := judge.Quantile{Q: q, Estimate: a.Median + int64(i)*a.Median/20, ESS: 3}
		t.Low, t.LowRank, t.High, t.HighRank = bench.Float(t.Estimate-1000), 3, bench.Float(t.Estimate+1000), 4
		if a.Role == bench.RoleAsTrained {
			t.High, t.HighRank = nan, 0
		}
		a.Quantiles = append(a.Quantiles, t)
	}
	if a.Role == bench.RoleCandidate {
		a.Throughput = &bench.Throughput{Streams: 2, Runs: 2012, Nanoseconds: 1_002_670_542, PerSecond: 2006.6}
	}
}

// NoEngine is the report of a run on a machine without any engine but the reference.
func NoEngine() *reports.Report {
	r := Whole()
	skip := backends.Skip{
		Backend: "ort", Provider: "cpu", Reason: "the library of ONNX Runtime was not found",
		Remedy: "run acdeploy runtime install",
	}
	v := Checked()
	r.Verify = reports.NewVerify(verify.NewResult(verify.Algebra, v.Checks[0]), []backends.Skip{skip})
	r.Arms, r.Comparisons, r.Settings, r.Controls = nil, nil, nil, nil
	r.Skipped = []backends.Skip{skip}
	r.Conclude()
	return r
}

// NoBaseline is the report of a run without a baseline, with everything going wrong that can.
func NoBaseline() *reports.Report {
	r := Whole()
	r.Baseline = nil
	r.Arms = []judge.ArmRecord{r.Arms[0], r.Arms[1], r.Arms[2]}
	r.Arms[0].Name, r.Arms[1].Name = r.Fuse.Input.Path, r.Fuse.Input.Path
	c := &r.Comparisons[0]
	c.Baseline, c.Ratio, c.CI = r.Fuse.Input.Path, 1.011, [2]bench.Float{0.97, 1.05}
	c.DeltaStar, c.Verdict, c.Reason = 0.05, judge.NotShown, "the 90 % interval 0.9700 to 1.0500 of the ratio does not settle the margin of 2 %; about 64 units would be needed"
	c.Speedup.Ratio, c.Speedup.CI = 1/c.Ratio, [2]bench.Float{1 / c.CI[1], 1 / c.CI[0]}
	c.Quantiles[1] = judge.QuantileRatio{Q: 0.99, Ratio: 1.1, CI: [2]bench.Float{bench.Float(math.NaN()), bench.Float(math.NaN())}, Detail: "not assessed: 140 independent runs, 299 are needed"}
	c.Plan = judge.PlanDiff{State: judge.PlansDiffer, Baseline: 44, Candidate: 25, Differing: 20, Differences: []judge.PlanDifference{
		{Baseline: &backends.Step{Name: "/1/ver/Conv", Op: "com.microsoft.nchwc.Conv", Detail: "{group=1 kernel_shape=3,1} float[1,3,32,32] -> float[1,16,32,32]"}},
		{
			Baseline:  &backends.Step{Name: "/1/Conv", Op: "Conv", Detail: "{group=1}"},
			Candidate: &backends.Step{Name: "/1/Conv", Op: "Conv", Detail: "{group=2}"},
		},
		{Candidate: &backends.Step{Name: "ReorderInput", Op: "com.microsoft.nchwc.ReorderInput"}},
		{},
		{},
		{},
	}}
	r.Arms[1].Notes = []string{"memory: worker did not answer"}
	r.Fuse.Output = nil
	r.Fuse.Converged = false
	r.Verify.Checks[1].Outputs[0] = verify.Output{
		Name: "logits", MaxAbs: verify.Number(math.NaN()), MaxRel: verify.Number(math.NaN()), Tolerance: 2.1e-6,
		Detail: "4 elements are not finite in one model and something else in the other",
	}
	r.Verify.Result = verify.NewResult(verify.Algebra, r.Verify.Checks...)
	r.Verify.Checks[3].Top1 = &verify.Top1{Output: "logits", Samples: 512, Before: verify.Number(math.NaN()), After: verify.Number(math.NaN()), Changed: []int{4}}
	r.Incomplete = true
	r.Conclusion = &reports.Conclusion{ExitCode: 130, Reasons: []reports.Reason{{Code: reports.ReasonInterrupted, Text: "interrupted"}}}
	r.Conclude()
	return r
}

// The names of [Hostile]: markup, text that runs from right to left, and characters that steer a terminal, close quotes or begin a command.
const (
	HostileNode  = "<script>alert(1)</script>"
	HostileRight = "\u05e9\u05dc\u05d5\u05dd\u202e/\u05d0.onnx"
	HostileSteer = "conv\x1b[2J\n::error::no\t\"quoted\"\\|#12"
	HostileClose = `</title></style><script>alert(1)</script>"' onload=alert(1) ` + "\u05d0\u05d1 \u202e\x1b[2J\n" + "fused"
)

// Hostile is the report of a failed run whose names are full of what formats take for their own.
func Hostile() *reports.Report {
	r := Whole()
	r.Fuse.Refusals[0].Node, r.Fuse.Refusals[1].Node = HostileNode, HostileSteer
	r.Fuse.Refusals[0].Detail, r.Fuse.Refusals[0].Branches = "]]> -->& % "+HostileRight, []string{HostileClose, "3×3"}
	r.Fuse.Rewrites[0].Node = HostileSteer + HostileNode
	r.Fuse.Output.Path, r.Fuse.Input.Path = HostileRight, HostileClose
	r.Baseline.Path = HostileSteer
	for i := range r.Arms {
		switch r.Arms[i].Role {
		case bench.RoleCandidate:
			r.Arms[i].Name = HostileRight
		case bench.RoleBaseline, bench.RoleControl:
			r.Arms[i].Name = HostileSteer
		case bench.RoleAsTrained:
			r.Arms[i].Name = HostileClose
		}
	}
	r.Arms[3].Plan = &backends.Plan{Steps: []backends.Step{{Name: HostileNode, Op: HostileSteer, Nanoseconds: 7000}}}
	c := &r.Comparisons[0]
	c.Baseline, c.Candidate, c.Speedup.Over = HostileSteer, HostileRight, HostileClose
	settle(r, c, judge.Slower, 1.0812, 1.0701, 1.0925)
	c.Reason = "the 90 % interval 1.0701 to 1.0925 of the ratio lies above the margin of 2 %"
	r.Verify.Checks[1].Outputs[0] = verify.Output{Name: HostileNode, MaxAbs: 1, MaxRel: 0.5, Tolerance: 2.1e-6}
	r.Verify.Result = verify.NewResult(verify.Algebra, r.Verify.Checks...)
	r.Controls[0].State, r.Controls[0].Detail = judge.Fail, HostileSteer
	r.Skipped = []backends.Skip{{Backend: "tensorrt", Reason: HostileNode + HostileSteer, Remedy: HostileRight}}
	r.Config = json.RawMessage(`{"version": 1, "gates": {"latency": {"require": "equivalent"}, "speedup_min": 1.5}}`)
	r.Conclusion = &reports.Conclusion{ExitCode: 6, Reasons: []reports.Reason{
		{Code: reports.ReasonDiffer, Text: "the answers differ: output " + HostileNode + HostileSteer},
		{Code: reports.ReasonGate, Text: HostileRight + ": slower, required is equivalent"},
	}}
	r.Conclude()
	return r
}
