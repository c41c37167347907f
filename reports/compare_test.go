package reports_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestCompareShowsTheSameArmsAndWhatElseDiffers(t *testing.T) {
	a, b := reporttest.Whole(), reporttest.Whole()
	a.Path, b.Path = "monday/report.json", "tuesday/report.json"
	for i := range b.Arms {
		b.Arms[i].Median *= 2
	}
	b.Arms[3].Name, b.Arms[3].ModelSHA256, b.Arms[3].Weights = "as trained, again", strings.Repeat("6a", 32), nil
	b.Host.CPU.Brand = "Example CPU 4000"
	b.Tools[0].Version = "1.33.0"
	c := reports.NewCompare(a, b, judge.LatencyGate{})
	for _, format := range []string{"table", "markdown", "json"} {
		reporttest.Golden(t, "compare."+format, reporttest.Rendered(t, format, false, c))
	}
	if len(c.Arms) != 2 || len(c.Unmatched) != 2 || len(c.Differences) != 2 {
		t.Errorf("got %d arms, %d unmatched, %d differences", len(c.Arms), len(c.Unmatched), len(c.Differences))
	}
	if got := float64(c.Arms[0].Ratio); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
}

func TestCompareOfAReportWithItselfFindsNoDifference(t *testing.T) {
	c := reports.NewCompare(reporttest.Whole(), reporttest.Whole(), judge.LatencyGate{})
	if len(c.Differences) != 0 || len(c.Unmatched) != 0 || len(c.Arms) != 3 {
		t.Errorf("got %+v", c)
	}
}

// samples gives every arm of a report twelve units of so many nanoseconds, with a spread.
func samples(r *reports.Report, of map[string]int64) *reports.Report {
	for i := range r.Arms {
		a := &r.Arms[i]
		a.Units = nil
		for u := range 12 {
			ns := of[a.Role] + int64(u%5-2)*of[a.Role]/500
			a.Units = append(a.Units, judge.ArmUnit{Unit: u, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{ns, ns + 1, ns - 1}}}})
		}
		a.Median = of[a.Role]
	}
	r.Settings[0].Statistic = judge.StatisticPaired
	return r
}

func times(base, candidate, trained int64) map[string]int64 {
	return map[string]int64{
		bench.RoleBaseline: base, bench.RoleControl: base, bench.RoleCandidate: candidate, bench.RoleAsTrained: trained,
	}
}

// A candidate is judged by its ratio to the baseline where both reports have one, and otherwise by its time on the same machine.
func TestUnpairedVerdicts(t *testing.T) {
	alone := func(r *reports.Report) { r.Arms = r.Arms[2:3] }
	for name, c := range map[string]struct {
		second map[string]int64
		both   func(*reports.Report)
		change func(*reports.Report) // of the second
		want   judge.Verdict         // of the candidate
		reason string
	}{
		"equivalent":        {second: times(300_000, 301_000, 600_000), want: judge.Equivalent, reason: "lies within"},
		"slower":            {second: times(300_000, 315_000, 600_000), want: judge.Slower, reason: "wholly beyond"},
		"faster":            {second: times(300_000, 280_000, 600_000), want: judge.Faster, reason: "wholly beyond"},
		"slower machine":    {second: times(330_000, 330_000, 660_000), want: judge.Equivalent, reason: "lies within"},
		"as trained slower": {second: times(300_000, 300_000, 700_000), want: judge.Equivalent},
		"another machine": {
			second: times(900_000, 960_000, 1_800_000), change: func(r *reports.Report) { r.Host.CPU.Model = 7 },
			want: judge.Slower, reason: "the machines differ",
		},
		"another baseline of the network": {
			second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Arms[0].ModelSHA256 = "d1" },
			want: judge.Slower, reason: "the baseline is another model of the same network",
		},
		"by time, slower":    {second: times(0, 315_000, 0), both: alone, want: judge.Slower, reason: "wholly beyond"},
		"by time, no change": {second: times(0, 300_300, 0), both: alone, want: judge.Equivalent},
		"by time, another machine": {
			second: times(0, 315_000, 0), both: alone, change: func(r *reports.Report) { r.Host.Identity = "other" },
			want: judge.NotShown, reason: "indicative: machine differs",
		},
		"fewer units":      {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Arms[2].Units = r.Arms[2].Units[:4] }, want: judge.NotShown, reason: "quick look of 4 units"},
		"a control failed": {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Controls[0].State = judge.Fail }, want: judge.Invalid, reason: "gate a_a_control of the second report failed"},
		"another duration": {second: times(0, 315_000, 0), both: alone, change: func(r *reports.Report) { r.Options.Duration *= 2 }, want: judge.NotShown, reason: "indicative: duration differs"},
		"a variable":       {second: times(0, 315_000, 0), both: alone, change: func(r *reports.Report) { r.Host.Process.Env = map[string]string{"OMP_NUM_THREADS": "4"} }, want: judge.NotShown, reason: "variable OMP_NUM_THREADS differs"},
		"incomplete units": {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) {
			for i := range 9 {
				r.Arms[2].Units[i].Complete = false
			}
		}, want: judge.NotShown, reason: "quick look of 3"},
		"units without runs": {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) {
			for i := range r.Arms[2].Units {
				r.Arms[2].Units[i].Blocks = []judge.ArmBlock{{}}
			}
		}, want: judge.NotShown, reason: "at least 10"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := samples(reporttest.Whole(), times(300_000, 300_000, 600_000)), samples(reporttest.Whole(), c.second)
			a.Path, b.Path = "first", "second"
			if c.both != nil {
				c.both(a)
				c.both(b)
			}
			if c.change != nil {
				c.change(b)
			}
			all := reports.NewCompare(a, b, judge.LatencyGate{}).Judged()
			if len(all) != 1 || all[0].Verdict != c.want || !strings.Contains(all[0].Reason, c.reason) {
				t.Fatalf("%+v, want %s with %q", all, c.want, c.reason)
			}
			want := judge.GateFailed
			switch c.want {
			case judge.Equivalent, judge.Faster:
				want = judge.GatePassed
			case judge.Invalid:
				want = judge.GateInvalid
			}
			if all[0].Outcome != want {
				t.Errorf("the outcome is %s, want %s", all[0].Outcome, want)
			}
			if shown := reports.NewCompare(a, b, judge.LatencyGate{Require: judge.RequireNothing}).Judged(); shown[0].Outcome != "" || shown[0].Verdict != c.want {
				t.Errorf("nothing is required: %+v", shown)
			}
		})
	}
}

// The margin that is asked for is the one that judges.
func TestCompareWithinAMargin(t *testing.T) {
	a, b := samples(reporttest.Whole(), times(300_000, 300_000, 600_000)), samples(reporttest.Whole(), times(300_000, 315_000, 600_000))
	for margin, want := range map[bench.Ratio]judge.Verdict{0: judge.Slower, 0.02: judge.Slower, 0.1: judge.Equivalent} {
		if got := reports.NewCompare(a, b, judge.LatencyGate{Margin: margin}).Judged()[0]; got.Verdict != want {
			t.Errorf("within %v: %s", margin, got.Verdict)
		}
	}
	other := samples(reporttest.Whole(), times(300_000, 300_000, 600_000))
	other.Options.Margin = 0.05
	if c := reports.NewCompare(a, other, judge.LatencyGate{}); !c.Comparable {
		t.Errorf("times of another margin are not comparable: %v", c.Differences)
	}
}

// Models are told apart by their digests, whatever their files are called.
func TestCompareMatchesModelsByDigest(t *testing.T) {
	measured := func(folder, digit string) *reports.Report {
		r := samples(reports.New(nil, nil, reporttest.Measured()), times(300_000, 300_000, 600_000))
		for i := range r.Arms {
			r.Arms[i].Name = folder + r.Arms[i].Role + ".onnx"
			r.Arms[i].ModelSHA256 = strings.Repeat(digit+r.Arms[i].Role[:1], 32)
			r.Arms[i].Weights.Values = int64(len(digit))
		}
		return r
	}
	moved := reports.NewCompare(measured("a/", "1"), measured("/z/", "1"), judge.LatencyGate{})
	if len(moved.Arms) != 3 || len(moved.Ratios) != 1 || len(moved.Unmatched) != 0 || !moved.Ratios[0].SameModels || moved.NothingInCommon() != "" {
		t.Errorf("moved files: %+v", moved)
	}
	other := reports.NewCompare(measured("a/", "1"), measured("a/", "22"), judge.LatencyGate{})
	if why := other.NothingInCommon(); len(other.Arms) != 0 || !strings.Contains(why, "a/candidate.onnx of ort cpu, batch 1, 1 thread") {
		t.Errorf("other models under the same paths: %d arms in common; %q", len(other.Arms), why)
	}
	anew := reports.NewCompare(measured("a/", "1"), measured("a/", "2"), judge.LatencyGate{})
	text := strings.Join(titled(t, anew.Page(), "Latency in two reports").Items, "\n")
	if len(anew.Arms) != 3 || anew.Ratios[0].SameModels || !strings.Contains(text, "another model in this role: 2c2c2c2c2c2c, not 1c1c1c1c1c1c") {
		t.Errorf("trained anew: %d arms; %s", len(anew.Arms), text)
	}
}

// Two reports whose clocks asked for different statistics are compared by one.
func TestCompareUsesOneStatistic(t *testing.T) {
	skewed := func(statistic string) *reports.Report {
		r := reporttest.Whole()
		r.Settings[0].Statistic = statistic
		for i := range r.Arms {
			r.Arms[i].Units = nil
			for u := range int64(12) {
				r.Arms[i].Units = append(r.Arms[i].Units, judge.ArmUnit{Unit: int(u), Complete: true, Blocks: []judge.ArmBlock{
					{Nanoseconds: []int64{100_000 + u, 100_000 + u, 100_000 + u, 120_000 + u, 200_000}},
				}})
			}
		}
		return r
	}
	for _, pair := range [][2]string{{judge.StatisticPaired, judge.StatisticTrimmed}, {judge.StatisticTrimmed, judge.StatisticPaired}} {
		c := reports.NewCompare(skewed(pair[0]), skewed(pair[1]), judge.LatencyGate{})
		if got := c.Arms[0]; !c.Comparable || got.Verdict != judge.Equivalent || got.Ratio != 1 {
			t.Errorf("%v: %s, ratio %v", pair, got.Verdict, got.Ratio)
		}
	}
}

// TestCompareShowsWhatEachReportSays beside the other's; a measurement alone says nothing.
func TestCompareShowsWhatEachReportSays(t *testing.T) {
	second := reporttest.NoEngine()
	second.Conclusion.Passed, second.Conclusion.ExitCode = false, 5
	rows := map[string]string{}
	for _, row := range titled(t, reports.NewCompare(reporttest.Whole(), second, judge.LatencyGate{}).Page(), "What each report says").Table.Rows {
		rows[row[0]] = row[1] + "|" + row[2]
	}
	for what, want := range map[string]string{
		"result": "PASSED|FAILED with exit code 5", "against the baseline": "equivalent|not measured", "speedup over as trained": "1.931 [1.915, 1.949]|–",
		"answers": "same|same", "convolutions, as trained → fused": "57 → 19|57 → 19", "left as they were": "2 nodes|2 nodes", "not run": "0 engines|1 engine",
	} {
		if rows[what] != want {
			t.Errorf("%s: %q, want %q", what, rows[what], want)
		}
	}
	alone := reports.New(nil, nil, reporttest.Measured())
	if s := titled(t, reports.NewCompare(alone, alone, judge.LatencyGate{}).Page(), "What each report says"); s.Table != nil || len(s.Lead) != 1 {
		t.Errorf("measurements alone: %+v", s)
	}
}

// A ratio stands beside the two numbers that it is the ratio of, whatever the medians of the arms are.
func TestCompareRatiosAreOfTheNumbersBesideThem(t *testing.T) {
	for name, change := range map[string]func(r *reports.Report){
		"same machine": func(*reports.Report) {}, "another": func(r *reports.Report) { r.Host.CPU.Brand = "other" },
		"one unit": func(r *reports.Report) {
			for i := range r.Arms {
				r.Arms[i].Units = r.Arms[i].Units[:1]
			}
		},
	} {
		a, b := samples(reporttest.Whole(), times(300_000, 310_000, 600_000)), samples(reporttest.Whole(), times(330_000, 335_000, 700_000))
		for i := range b.Arms {
			b.Arms[i].Median += b.Arms[i].Median / 10 // of runs that are slower than the units are in the middle
		}
		change(b)
		c := reports.NewCompare(a, b, judge.LatencyGate{})
		all := []judge.Unpaired{c.Ratios[0].Unpaired, c.Judged()[0].Unpaired}
		for _, p := range c.Arms {
			all = append(all, p.Unpaired)
		}
		for _, u := range all {
			if r := float64(u.Ratio); r > 0 && math.Abs(float64(u.Of[1]/u.Of[0])/r-1) > 1e-9 {
				t.Errorf("%s: the ratio of %v is %v", name, u.Of, r)
			}
			if want := map[bool]string{true: "median", false: judge.GeometricMean}[name == "one unit"]; u.Estimator != want || !(u.Of[0] > 0) || !(u.Of[1] > 0) {
				t.Errorf("%s: the %s of %v, want the %s", name, u.Estimator, u.Of, want)
			}
		}
	}
}

// What is short has the verdicts of all reports in one table, and says how the numbers were made.
func TestCompareInShort(t *testing.T) {
	a, b := samples(reporttest.Whole(), times(300_000, 300_000, 600_000)), samples(reporttest.Whole(), times(300_000, 315_000, 600_000))
	s := reports.NewCompare(a, b, judge.LatencyGate{}).Page().Summary
	if want := [][]string{{"fused", "1.000", "1.050", "1.050"}}; s.Title != "Ratio to the baseline on ort cpu, batch 1, 1 thread" || !cmp.Equal(want[0], s.Table.Rows[0][:4]) {
		t.Errorf("%s: %q", s.Title, s.Table.Rows)
	}
	if got := s.Notes[0]; got != "Each number is the geometric mean over units of its report." {
		t.Error(got)
	}
	s = reports.NewSeries([]*reports.Report{a, b, a}, judge.LatencyGate{}).Page().Summary
	if rows := s.Table.Rows; len(rows) != 2 || rows[0][0] != "2: fused" || rows[1][0] != "3: fused" || rows[1][2] != "1.000" {
		t.Errorf("%q", s.Table.Rows)
	}
	a.Arms, b.Arms = a.Arms[2:3], b.Arms[2:3]
	if s := reports.NewCompare(a, b, judge.LatencyGate{}).Page().Summary; s.Title != "Latency on ort cpu, batch 1, 1 thread" || s.Table.Rows[0][1] != "0.2998 ms" {
		t.Errorf("%s: %q", s.Title, s.Table.Rows)
	}
}
