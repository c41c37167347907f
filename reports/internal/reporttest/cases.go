package reporttest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// Case is a frozen report of one situation.
type Case struct {
	Name   string
	Report *reports.Report
	Large  bool // its golden files are kept for a few formats only
}

// Cases are reports of every situation that a reader meets, each made anew.
func Cases() []Case {
	return []Case{
		{Name: "pass", Report: Whole()},
		{Name: "no_engine", Report: NoEngine()},
		{Name: "no_baseline", Report: NoBaseline()},
		{Name: "refusals", Report: Refused()},
		{Name: "failed_answer", Report: FailedAnswer()},
		{Name: "slower", Report: Timed(Judged(judge.Slower, 1.071, 1.062, 1.08, "the 90 % interval 1.0620 to 1.0800 of the ratio lies beyond the margin of 2 %"))},
		{Name: "not_shown", Report: Judged(judge.NotShown, 1.011, 0.97, 1.05, "the 90 % interval 0.9700 to 1.0500 of the ratio does not settle the margin of 2 %; about 64 units would be needed")},
		{Name: "invalid", Report: Invalid()},
		{Name: "interrupted_fuse", Report: Interrupted(reports.New(nil, nil, nil))},
		{Name: "interrupted_verify", Report: Interrupted(reports.New(named(Fused(), nil), nil, nil))},
		{Name: "interrupted_bench", Report: InterruptedBench()},
		{Name: "unfinished", Report: Unfinished()},
		{Name: "hostile", Report: Hostile()},
		{Name: "many_comparisons", Report: Timed(ManyComparisons()), Large: true},
		{Name: "many_nodes", Report: ManyNodes(), Large: true},
	}
}

// named is a fusion whose output is the file; nil for one that has got no name yet.
func named(f *reports.Fuse, output *reports.File) *reports.Fuse {
	f.Output = output
	return f
}

// ended gives a report of a run its configuration and its end.
func ended(r *reports.Report, code int, reasons ...reports.Reason) *reports.Report {
	r.Config = json.RawMessage(`{"version": 1, "model": "examples/resnet20/acnet.onnx", "baseline": "examples/resnet20/baseline.onnx", "gates": {"latency": {"require": "equivalent"}}}`)
	r.Conclusion = &reports.Conclusion{Passed: code == 0, ExitCode: code, Reasons: reasons, Started: "2026-11-23T11:59:00Z", Finished: "2026-11-23T12:08:09Z"}
	r.Conclude()
	return r
}

// Judged is the report of a run that the gate ends, with the ratio of the latencies, its interval and what was made of them.
func Judged(verdict judge.Verdict, ratio, low, high float64, reason string) *reports.Report {
	r := Whole()
	c := &r.Comparisons[0]
	settle(r, c, verdict, ratio, low, high)
	c.Reason = reason
	c.UnitRatios = []bench.Float{bench.Float(low), bench.Float(ratio), bench.Float(high)}
	return ended(r, 4, reports.Reason{Code: reports.ReasonGate, Text: fmt.Sprintf("%s on ort is %s, required is equivalent", c.Candidate, verdict)})
}

// settle gives a comparison a ratio, and the candidate the times that belong to it.
func settle(r *reports.Report, c *judge.Comparison, verdict judge.Verdict, ratio, low, high float64) {
	c.Verdict, c.Ratio, c.CI = verdict, bench.Float(ratio), [2]bench.Float{bench.Float(low), bench.Float(high)}
	c.DistributionFreeCI = [2]bench.Float{bench.Float(low - 0.001), bench.Float(high + 0.001)}
	c.DeltaStar = bench.Float(max(math.Abs(low-1), math.Abs(high-1)))
	c.CandidateMedian = int64(math.Round(float64(c.BaselineMedian) * ratio))
	trained := c.BaselineMedian
	for _, a := range r.Arms {
		if a.Key == c.Key && a.Role == bench.RoleAsTrained {
			trained = int64(math.Round(float64(c.BaselineMedian) * float64(a.Ratio)))
		}
	}
	for i := range r.Arms {
		if a := &r.Arms[i]; a.Key == c.Key && a.Name == c.Candidate {
			a.Median, a.Ratio, a.CI = c.CandidateMedian, c.Ratio, c.CI
			a.Units = []judge.ArmUnit{{Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{a.Median, a.Median + 10, a.Median - 10, a.Median + 3}}}}}
			a.Quantiles = nil
			noted(a)
		}
	}
	c.Speedup.Ratio = bench.Float(float64(trained) / float64(c.CandidateMedian))
	c.Speedup.CI = [2]bench.Float{c.Speedup.Ratio * 0.991, c.Speedup.Ratio * 1.009}
}

// Refused is the report of a run in which most of the network was left as it was.
func Refused() *reports.Report {
	f := Fused()
	f.Refusals = nil
	for i, w := range []struct{ reason, detail string }{
		{"misaligned", "the two inputs have strides 1 and 2; give both branches the same stride"},
		{"shared_output", "the value \"/head/Conv_output_0\" is also an output of the graph; remove that output"},
		{"training_mode", "the node computes its statistics of the batch; export with `model.eval()`"},
		{"graph_input", "the scale is an input of the graph; export with `keep_initializers_as_inputs=False`"},
		{"nonlinear", "a Relu stands between the branches"},
		{"costs_more", "one convolution would cost 3.1 times as much"},
	} {
		r := reports.Refusal{Pass: "fuse_branches", Node: fmt.Sprintf("/layer%d/Add", i+1), Reason: w.reason, Detail: w.detail, Branches: []string{"3×3", "1×3", "3×1"}}
		if i%2 == 1 {
			r.Pass, r.Branches = "fold_batchnorm", nil
		}
		f.Refusals = append(f.Refusals, r)
	}
	f.After.Ops["BatchNormalization"], f.After.Nodes = 3, f.After.Nodes+3
	r := Whole()
	r.Fuse = f
	return ended(r, 0)
}

// FailedAnswer is the report of a run that ends since the answers differ.
func FailedAnswer() *reports.Report {
	rejected := File("acdeploy-report/fused.rejected.onnx", "22", 1_103_412)
	v := Checked()
	v.Checks[2].Outputs[0] = verify.Output{Name: "logits", MaxAbs: 3.1, MaxRel: 0.125, Tolerance: 2.1e-6, Spread: 1.25}
	v.Checks[2].PartsAt = &verify.RegionResult{Value: "/layer1/Add_output_0", Node: "/layer1/Conv", MaxRel: 0.07, Bound: 1e-6}
	v.Result = verify.NewResult(verify.Algebra, v.Checks...)
	f := named(Fused(), &rejected)
	f.Rejected = `the answers differ: output "logits" by 1.2e-01 of its scale in ort cpu, optimised, the limit is 2.1e-06`
	return ended(reports.New(f, v, nil), 3, reports.Reason{Code: reports.ReasonDiffer, Text: f.Rejected})
}

// Invalid is the report of a run on a machine that was too busy to measure on.
func Invalid() *reports.Report {
	r := Whole()
	c := &r.Comparisons[0]
	settle(r, c, judge.Invalid, 1.034, 0.94, 1.13)
	c.Reason = "the baseline was not equivalent to its own copy: 0.93 to 1.09"
	r.Controls[0].State, r.Controls[0].Detail = judge.Fail, c.Reason
	return ended(r, 6, reports.Reason{Code: reports.ReasonInvalid, Text: "the measurement of acdeploy-report/fused.onnx on ort is invalid: " + c.Reason})
}

// Interrupted is a report of what a run had when it was interrupted.
func Interrupted(r *reports.Report) *reports.Report {
	return ended(r, 130, reports.Reason{Code: reports.ReasonInterrupted, Text: "interrupted"})
}

// Unfinished is the report of a run that was killed after it had compared the answers.
func Unfinished() *reports.Report {
	r := reports.New(Fused(), Checked(), nil)
	r.Baseline = Whole().Baseline
	return ended(r, 130, reports.Reason{Code: reports.ReasonUnfinished, Text: "the run was killed, is not over yet, or could not write its report: this is what it had done"})
}

// InterruptedBench is the report of a run that was interrupted while it measured.
func InterruptedBench() *reports.Report {
	r := Whole()
	r.Incomplete = true
	nan := bench.Float(math.NaN())
	c := &r.Comparisons[0]
	c.Verdict, c.Reason = judge.Invalid, "the measurement is incomplete: 1 unit, at least 3 are needed"
	c.Ratio, c.CI, c.DistributionFreeCI, c.DeltaStar, c.P, c.ControlDelta = nan, [2]bench.Float{nan, nan}, [2]bench.Float{nan, nan}, nan, nan, nan
	c.Speedup.Ratio, c.Speedup.CI, c.Units, c.Quantiles = nan, [2]bench.Float{nan, nan}, 1, nil
	for i := range r.Arms {
		a := &r.Arms[i]
		a.Ratio, a.CI = nan, [2]bench.Float{nan, nan}
	}
	r.Controls = []judge.Control{{Key: c.Key, Name: judge.ControlUnits, State: judge.Fail, Detail: "1 of 10 units"}}
	return Interrupted(ended(r, 6, reports.Reason{Code: reports.ReasonInvalid, Text: "the measurement is incomplete"}))
}

// ManyComparisons is the report of a run on 4 engines with 10 batches each. Not all of them are as one wishes.
func ManyComparisons() *reports.Report {
	r := Whole()
	arms, one, controls := r.Arms, r.Comparisons[0], r.Controls
	r.Arms, r.Comparisons, r.Settings, r.Controls = nil, nil, nil, nil
	engines := [][2]string{{"ort", "cpu"}, {"ort", "cuda"}, {"ort", "openvino"}, {"tensorrt", ""}}
	for i := range 40 {
		key := bench.Key{Setting: i, Backend: engines[i/10][0], Provider: engines[i/10][1], Batch: 1 << (i % 10), Threads: 1}
		scale := int64(1 + i)
		r.Settings = append(r.Settings, judge.Setting{Key: key, CPUClock: "thread", Schedule: bench.Schedule{Blocks: 5, Runs: 160}})
		for _, a := range arms {
			a.Key, a.Median, a.Quantiles = key, a.Median*scale, nil
			a.Units = []judge.ArmUnit{{Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{a.Median}}}}}
			noted(&a)
			r.Arms = append(r.Arms, a)
		}
		c := one
		c.Key, c.BaselineMedian, c.Quantiles = key, one.BaselineMedian*scale, slices.Clone(one.Quantiles)
		verdict, ratio, low, high := judge.Equivalent, 0.9982, 0.9941, 1.0027
		switch {
		case i == 17:
			verdict, ratio, low, high = judge.Slower, 1.0812, 1.0701, 1.0925
		case i%13 == 5:
			verdict, ratio, low, high = judge.NotShown, 1.0051, 0.9712, 1.0402
		case i%11 == 3:
			verdict, ratio, low, high = judge.Faster, 0.9412, 0.9351, 0.9474
		}
		settle(r, &c, verdict, ratio, low, high)
		c.Reason = fmt.Sprintf("the 90 %% interval is %.4f to %.4f, the margin 2 %%", low, high)
		r.Comparisons = append(r.Comparisons, c)
		control := controls[0]
		control.Key = key
		r.Controls = append(r.Controls, control)
	}
	r.Skipped = []backends.Skip{{Backend: "ort", Provider: "rocm", Reason: "this library was built without it", Remedy: "install one that has it"}}
	return ended(r, 4, reports.Reason{Code: reports.ReasonGate, Text: "acdeploy-report/fused.onnx on ort is slower, required is equivalent"})
}

// ManyNodes is the report of a run on a network of 2,000 nodes.
func ManyNodes() *reports.Report {
	r := Whole()
	f := r.Fuse
	f.Before.Nodes, f.After.Nodes, f.Before.Ops = 2000, 1200, map[string]int{"Conv": 700, "BatchNormalization": 700, "Relu": 300, "Add": 300}
	f.After.Ops = map[string]int{"Conv": 500, "BatchNormalization": 200, "Relu": 300, "Add": 200}
	f.Rewrites, f.Refusals = nil, nil
	for i := range 500 {
		f.Rewrites = append(f.Rewrites, reports.Rewrite{Pass: "fold_batchnorm", Node: fmt.Sprintf("/stage%d/block%d/BatchNormalization", i/100, i%100), Detail: "folded into the Conv before it"})
	}
	for i := range 100 {
		f.Rewrites = append(f.Rewrites, reports.Rewrite{Pass: "fuse_branches", Node: fmt.Sprintf("/stage%d/block%d/Add", i/20, i%20), Detail: "3 convolutions are one", Branches: []string{"3×3", "1×3", "3×1"}})
	}
	for i := range 200 {
		f.Refusals = append(f.Refusals, reports.Refusal{Pass: "fold_batchnorm", Node: fmt.Sprintf("/head%d/block%d/BatchNormalization", i/100, i%100), Reason: "shared_output", Detail: "the output of the Conv is used elsewhere, too"})
	}
	for i := range f.Passes {
		p := &f.Passes[i]
		p.Rewrites, p.Refusals = 0, 0
		for _, w := range f.Rewrites {
			p.Rewrites += count(w.Pass == p.Name)
		}
		for _, w := range f.Refusals {
			p.Refusals += count(w.Pass == p.Name)
		}
	}
	layers := verify.Check{Backend: "ort cpu, layers", Inputs: 3, Layers: true}
	for i := range 600 {
		layers.Outputs = append(layers.Outputs, verify.Output{Name: fmt.Sprintf("/stage%d/block%d/Conv_output_0", i/100, i%100), MaxAbs: 1e-6, MaxRel: verify.Number(1e-7 * float64(1+i%7)), Tolerance: 2.1e-6, Equal: true, Spread: 1.25})
	}
	r.Verify.Checks = append(r.Verify.Checks, layers)
	r.Verify.Result = verify.NewResult(verify.Algebra, r.Verify.Checks...)
	for i := range r.Arms {
		plan := &backends.Plan{}
		for k := range 2000 {
			plan.Steps = append(plan.Steps, backends.Step{Name: fmt.Sprintf("/stage%d/block%d/Conv", k/100, k%100), Op: "Conv", Nanoseconds: int64(1000 * (1 + k%37))})
		}
		r.Arms[i].Plan = plan
	}
	return ended(r, 0)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
