package acdeploy_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// TestGateOfAReport has the exit code of each kind that a report and its gates can have, and writes the conclusion that follows.
func TestGateOfAReport(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *reports.Report, cfg *configs.Config)
		want   int // exit code
	}{
		"all is well": {func(*reports.Report, *configs.Config) {}, acdeploy.ExitOK},
		"a margin that the times do not support": {func(r *reports.Report, cfg *configs.Config) {
			r.Units = []bench.UnitRecord{{Key: r.Settings[0].Key, Complete: true}}
			cfg.Gates.Latency.Margin = 0.0001
		}, acdeploy.ExitInvalid}, // one unit shows nothing
		"no latencies": {func(r *reports.Report, _ *configs.Config) {
			r.Settings, r.Comparisons = nil, nil
		}, acdeploy.ExitInvalid},
		"no latencies, and none are asked for": {func(r *reports.Report, cfg *configs.Config) {
			r.Settings, r.Comparisons = nil, nil
			cfg.Gates.Latency.Require = "nothing"
		}, acdeploy.ExitOK},
		"a weaker proof": {func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Proof, cfg.Gates.Proof = verify.Partial, "algebra"
		}, acdeploy.ExitGate},
		"other answers": {func(r *reports.Report, _ *configs.Config) {
			r.Verify.Equal, r.Verify.Checks[0].Outputs[0].Equal = false, false
		}, acdeploy.ExitDiffer},
		"a proof that is weak enough": {func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Proof, cfg.Gates.Proof = verify.Partial, "partial"
		}, acdeploy.ExitOK},
		"an engine": {func(_ *reports.Report, cfg *configs.Config) {
			cfg.Gates.Engines = []string{"ort"}
		}, acdeploy.ExitOK},
		"an engine that was not measured": {func(_ *reports.Report, cfg *configs.Config) {
			cfg.Gates.Engines = []string{"ort", "ort:cuda"}
		}, acdeploy.ExitMissing},
		"all engines that are named": {func(_ *reports.Report, cfg *configs.Config) {
			cfg.Gates.Strict, cfg.Bench.Backends = true, []configs.Backend{{Component: configs.Named("tensorrt")}}
		}, acdeploy.ExitMissing},
		"convolutions": {func(_ *reports.Report, cfg *configs.Config) {
			cfg.Gates.Fused.ConvCount = judge.ConvCountBaseline
		}, acdeploy.ExitOK},
		"fewer convolutions": {func(_ *reports.Report, cfg *configs.Config) {
			cfg.Gates.Fused.ConvCount = "1"
		}, acdeploy.ExitGate},
		"no baseline to count": {func(r *reports.Report, cfg *configs.Config) {
			r.Baseline, cfg.Gates.Fused.ConvCount = nil, judge.ConvCountBaseline
		}, acdeploy.ExitInvalid},
		"right answers": {func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Checks[0].Top1 = &verify.Top1{Samples: 1000, Before: 0.98, After: 0.979}
			cfg.Gates.Top1MaxDrop = "0.1%"
		}, acdeploy.ExitOK},
		"fewer right answers": {func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Checks[0].Top1 = &verify.Top1{Samples: 1000, Before: 0.98, After: 0.979}
			cfg.Gates.Top1MaxDrop = "0"
		}, acdeploy.ExitDiffer},
		"no labels": {func(r *reports.Report, cfg *configs.Config) {
			for i := range r.Verify.Checks {
				r.Verify.Checks[i].Top1 = nil
			}
			cfg.Gates.Top1MaxDrop = "0"
		}, acdeploy.ExitInvalid},
		"a file that grows": {func(r *reports.Report, cfg *configs.Config) {
			r.Fuse.Input.Bytes, r.Fuse.Output.Bytes, cfg.Gates.SizeMaxGrowth = 100, 101, "0"
		}, acdeploy.ExitGate},
		"no answers": {func(r *reports.Report, _ *configs.Config) { r.Verify = nil }, acdeploy.ExitInvalid},
		"nothing fused": {func(r *reports.Report, cfg *configs.Config) {
			r.Fuse.Rewrites, r.Fuse.After, cfg.RequireFused = nil, r.Fuse.Before, true
		}, acdeploy.ExitGate},
		"interrupted": {func(r *reports.Report, _ *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonInterrupted}}
		}, acdeploy.ExitInvalid},
		"killed": {func(r *reports.Report, cfg *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonUnfinished}}
			cfg.Gates.Latency.Require = "nothing"
		}, acdeploy.ExitInvalid},
		"failed": {func(r *reports.Report, _ *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonFailed, Text: "no space left"}}
		}, acdeploy.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := reports.Read("reports/formats/testdata/pass.json")
			if err != nil {
				t.Fatal(err)
			}
			cfg := configs.Defaults()
			c.change(r, &cfg)
			err = acdeploy.Gate(r, cfg)
			if code := acdeploy.ExitCode(err); code != c.want {
				t.Errorf("exit code %d, %v; want %d", code, err, c.want)
			}
			if got := r.Conclusion; got.Passed != (c.want == acdeploy.ExitOK) || got.ExitCode != c.want || got.Headline == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestFailedGatesStandInTheReport by name, whoever asked: in its reasons, among its gates and on its page.
func TestFailedGatesStandInTheReport(t *testing.T) {
	for gate, change := range map[string]func(r *reports.Report, cfg *configs.Config){
		"latency":             func(_ *reports.Report, cfg *configs.Config) { cfg.Gates.Latency.Require = judge.RequireFaster },
		"speedup_min":         func(_ *reports.Report, cfg *configs.Config) { cfg.Gates.SpeedupMin = 3 },
		"p99_max_degradation": func(_ *reports.Report, cfg *configs.Config) { cfg.Gates.P99MaxDegradation = 0.001 },
		"load": func(r *reports.Report, cfg *configs.Config) {
			r.Comparisons[0].Load, cfg.Gates.Load = judge.StartRatio{Ratio: 1.1, CI: [2]bench.Float{1, 1.2}}, 0.0001
		},
		"first": func(r *reports.Report, cfg *configs.Config) {
			r.Comparisons[0].First, cfg.Gates.First = judge.StartRatio{Ratio: 1.1, CI: [2]bench.Float{1, 1.2}}, 0.0001
		},
		"proof": func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Proof, cfg.Gates.Proof = verify.RoundingOnly, "algebra"
		},
		"require_fused": func(r *reports.Report, cfg *configs.Config) {
			r.Fuse.Rewrites, r.Fuse.After, cfg.RequireFused = nil, r.Fuse.Before, true
		},
	} {
		r, err := reports.Read("reports/formats/testdata/pass.json")
		if err != nil {
			t.Fatal(err)
		}
		cfg := configs.Defaults()
		change(r, &cfg)
		if code := acdeploy.ExitCode(acdeploy.Gate(r, cfg)); code != acdeploy.ExitGate {
			t.Errorf("%s: exit code %d", gate, code)
			continue
		}
		failed := func(g reports.GateResult) bool { return g.Name == gate && g.Outcome == judge.GateFailed }
		if !slices.ContainsFunc(r.Conclusion.Gates, failed) || len(r.Conclusion.Reasons) != 1 || r.Conclusion.Reasons[0].Code != reports.ReasonGate {
			t.Errorf("%s is not among %+v, with reasons %+v", gate, r.Conclusion.Gates, r.Conclusion.Reasons)
		}
		page := r.Page()
		told := slices.ContainsFunc(page.Result.Items, func(line string) bool { return strings.EqualFold(line, r.Conclusion.Reasons[0].Text+".") })
		for _, s := range page.Evidence {
			if s.Title == "Gates" && told {
				told = slices.ContainsFunc(s.Table.Rows, func(row []string) bool { return row[0] == gate && row[4] == "FAILED" })
			}
		}
		if !told {
			t.Errorf("%s: the page says %v", gate, page.Result.Items)
		}
	}
}

// measuredOf is a report of so many units of a default measurement, of runs that scatter by 1 % together and by 0.5 % each, on a machine
// of that speed. The candidate takes ratio times as long as the baseline.
func measuredOf(path string, seed uint64, speed, ratio float64) *reports.Report {
	rng := rand.New(rand.NewPCG(seed, 1))
	key := bench.Key{Backend: "lab", Batch: 1, Threads: 1}
	arms := []judge.ArmRecord{
		{Key: key, Arm: "A", Role: bench.RoleBaseline, Name: "b.onnx", Median: int64(1e6 * speed), Files: bench.Files{ModelSHA256: "b"}},
		{Key: key, Arm: "C", Role: bench.RoleCandidate, Name: "c.onnx", Median: int64(1e6 * speed * ratio), Files: bench.Files{ModelSHA256: "c"}},
	}
	options := bench.Defaults()
	for u := range options.Units {
		together := 1 + 0.01*rng.NormFloat64()
		for i := range arms {
			own := math.Pow(ratio, float64(i)) * (1 + 0.005*rng.NormFloat64())
			ns := int64(1e6 * speed * together * own)
			arms[i].Units = append(arms[i].Units, judge.ArmUnit{Unit: u, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{ns}}}})
		}
	}
	r := reports.New(nil, nil, &judge.Result{Options: options, Arms: arms, Settings: []judge.Setting{{Key: key, Statistic: judge.StatisticPaired}}})
	r.Path, r.Host.Identity = path, fmt.Sprint(speed)
	return r
}

// TestCompareFailsARelease at the default duration: a loss of the size that it says it finds is found 9 times in 10, on whatever
// machine; none is found in what stayed as it was.
func TestCompareFailsARelease(t *testing.T) {
	const tries = 200
	lost, passed := 0, 0
	for i := range uint64(tries) {
		first := measuredOf("first", i, 1, 1.01)
		doc, err := acdeploy.Compare([]*reports.Report{first, measuredOf("second", tries+i, 2.3, 1.01)}, judge.LatencyGate{})
		if err == nil {
			passed++
		}
		finds := 1 + float64(doc.(*reports.Compare).Ratios[0].Detectable)
		if finds > 1.04 {
			t.Fatalf("a slowdown of %.3f could be found", finds)
		}
		if _, err := acdeploy.Compare([]*reports.Report{first, measuredOf("second", tries+i, 2.3, 1.01*finds)}, judge.LatencyGate{}); acdeploy.ExitCode(err) == acdeploy.ExitGate {
			lost++
		}
	}
	if lost < tries*85/100 || passed < tries*90/100 {
		t.Errorf("of %d losses %d fail, of as many that are none %d pass", tries, lost, passed)
	}
}

// TestCompareTellsInItsDocument what it ends with: the document, the page and the exit code say the same.
func TestCompareTellsInItsDocument(t *testing.T) {
	first := measuredOf("first", 1, 1, 1)
	other := measuredOf("other", 2, 1, 1)
	for i := range other.Arms {
		other.Arms[i].ModelSHA256 += "x"
	}
	invalid := measuredOf("invalid", 2, 1, 1)
	invalid.Controls = []judge.Control{{Key: invalid.Arms[0].Key, Name: judge.ControlAA, State: judge.Fail, Detail: "too noisy"}}
	elsewhere, alone := measuredOf("elsewhere", 2, 2, 1), measuredOf("alone", 3, 1, 1)
	elsewhere.Arms, alone.Arms = elsewhere.Arms[1:], alone.Arms[1:]
	short := measuredOf("short", 2, 1, 1)
	short.Arms[1].Units = short.Arms[1].Units[:5]
	dead := measuredOf("dead", 2, 1, 1)
	for i := range dead.Arms {
		dead.Arms[i].Units = nil
	}
	missing := reports.New(nil, nil, &judge.Result{Skipped: []backends.Skip{{Backend: "lab", Reason: "not here", Remedy: "buy one"}}})
	for name, c := range map[string]struct {
		first, second   *reports.Report
		required, shown int // exit codes, with equivalent and with nothing required
		says            string
	}{
		"as it was":            {first, measuredOf("second", 2, 1, 1), acdeploy.ExitOK, acdeploy.ExitOK, ""},
		"lost":                 {first, measuredOf("second", 2, 1, 1.1), acdeploy.ExitGate, acdeploy.ExitOK, "c.onnx is slower, required is equivalent"},
		"lost elsewhere":       {first, measuredOf("second", 2, 3, 1.1), acdeploy.ExitGate, acdeploy.ExitOK, "the machines differ"},
		"a slower machine":     {first, measuredOf("second", 2, 3, 1), acdeploy.ExitOK, acdeploy.ExitOK, ""},
		"not shown":            {first, short, acdeploy.ExitGate, acdeploy.ExitOK, "c.onnx is not_shown"},
		"times not comparable": {alone, elsewhere, acdeploy.ExitGate, acdeploy.ExitOK, "indicative: machine differs"},
		"invalid":              {first, invalid, acdeploy.ExitInvalid, acdeploy.ExitOK, "there is no verdict: gate a_a_control of the second report failed"},
		"nothing in common":    {first, other, acdeploy.ExitFailed, acdeploy.ExitFailed, "first and other have nothing in common"},
		"no engine":            {first, missing, acdeploy.ExitMissing, acdeploy.ExitMissing, "no engine could run: lab: not here; buy one"},
		"no unit":              {first, dead, acdeploy.ExitInvalid, acdeploy.ExitInvalid, "dead: nothing was measured on lab, batch 1, 1 thread"},
	} {
		for require, want := range map[judge.Requirement]int{judge.RequireEquivalent: c.required, judge.RequireNothing: c.shown} {
			for _, all := range [][]*reports.Report{{c.first, c.second}, {c.first, c.first, c.second}} {
				doc, err := acdeploy.Compare(all, judge.LatencyGate{Require: require})
				var end *reports.Ending
				switch doc := doc.(type) {
				case *reports.Compare:
					end = doc.Ending
				case *reports.Series:
					end = doc.Ending
				}
				code := acdeploy.ExitCode(err)
				if code != want || end.ExitCode != want || end.Passed != (want == 0) || len(end.Reasons) != len(acdeploy.Reasons(err)) {
					t.Errorf("%s, %s required of %d reports: %v, %+v; want exit code %d", name, require, len(all), err, end, want)
				}
				text := strings.Join(append(doc.Page().Result.Lead, doc.Page().Result.Items...), "\n")
				if want != 0 && (!strings.Contains(text, c.says) || !strings.Contains(text, fmt.Sprintf("FAILED with exit code %d", want))) {
					t.Errorf("%s, %s required of %d reports: the page does not say %q:\n%s", name, require, len(all), c.says, text)
				}
			}
		}
	}
}

// TestAFailedGateIsMeasuredOnceMore joins both measurements: the network as trained is never as fast as the plain one, and stays slower.
func TestAFailedGateIsMeasuredOnceMore(t *testing.T) {
	if testing.Short() {
		t.Skip("measures; -short")
	}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Baseline = "examples/cifar_quick/baseline.onnx"
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
	cfg.Bench.Duration, cfg.Bench.Units, cfg.Gates.SpeedupMin = 2*time.Second, 10, 900
	var told []string
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, func(e acdeploy.Event) {
		if e.Warning {
			told = append(told, e.Note)
		}
	})
	if !errors.Is(err, acdeploy.ErrGate) && !errors.Is(err, acdeploy.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	c := report.Comparisons[0]
	if c.Verdict == judge.Invalid && !report.Options.Repeated {
		t.Skip("this machine is too busy to measure")
	}
	if !report.Options.Repeated || report.Options.Units != 20 || c.Units <= 10 || math.Abs(float64(c.Confidence)-0.95) > 1e-9 || len(told) == 0 {
		t.Errorf("%+v with %d units at %v, told %q", report.Options, c.Units, c.Confidence, told)
	}
}
