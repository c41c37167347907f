package reports_test

import (
	"strings"
	"testing"

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
	b.Arms[3].Name = "as trained, again"
	b.Host.CPU.Brand = "Example CPU 4000"
	b.Tools[0].Version = "1.33.0"
	c := reports.NewCompare(a, b)
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
	c := reports.NewCompare(reporttest.Whole(), reporttest.Whole())
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
	r.Settings[0].Statistic = "median"
	return r
}

func times(base, candidate, trained int64) map[string]int64 {
	return map[string]int64{
		bench.RoleBaseline: base, bench.RoleControl: base, bench.RoleCandidate: candidate, bench.RoleAsTrained: trained,
	}
}

// On the same machine the units of two reports are compared as independent groups.
func TestUnpairedVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		second  map[string]int64
		change  func(*reports.Report)
		want    judge.Verdict // of the candidate
		reason  string
		slower  int
		invalid int
	}{
		"equivalent":        {second: times(300_000, 301_000, 600_000), want: judge.Equivalent, reason: "lies within"},
		"slower":            {second: times(300_000, 315_000, 600_000), want: judge.Slower, reason: "wholly beyond", slower: 1},
		"slower machine":    {second: times(330_000, 330_000, 660_000), want: judge.Slower, reason: "the baseline moved, too, to 1.100", slower: 2},
		"faster":            {second: times(300_000, 280_000, 600_000), want: judge.Faster, reason: "wholly beyond"},
		"as trained slower": {second: times(300_000, 300_000, 700_000), want: judge.Equivalent},
		"fewer units":       {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Arms[2].Units = r.Arms[2].Units[:4] }, want: judge.NotShown, reason: "quick look of 4 units"},
		"control failed":    {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Controls[0].State = judge.Fail }, want: judge.Invalid, reason: "gate a_a_control of the second report failed", invalid: 2},
		"another machine":   {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Host.CPU.Brand = "other" }, want: judge.NotShown, reason: "indicative: processor differs"},
		"another duration":  {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Options.Duration *= 2 }, want: judge.NotShown, reason: "indicative: duration differs"},
		"a variable":        {second: times(300_000, 315_000, 600_000), change: func(r *reports.Report) { r.Host.Process.Env = map[string]string{"OMP_NUM_THREADS": "4"} }, want: judge.NotShown, reason: "variable OMP_NUM_THREADS differs"},
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
			if c.change != nil {
				c.change(b)
			}
			doc := reports.NewCompare(a, b)
			var got reports.ArmPair
			for _, p := range doc.Arms {
				if p.Role == bench.RoleCandidate {
					got = p
				}
			}
			if got.Verdict != c.want || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%s: %s, want %s with %q", got.Verdict, got.Reason, c.want, c.reason)
			}
			if len(doc.Slower()) != c.slower || len(doc.Invalid()) != c.invalid {
				t.Errorf("%d slower, %d invalid", len(doc.Slower()), len(doc.Invalid()))
			}
		})
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
	for _, pair := range [][2]string{{judge.StatisticMedian, judge.StatisticTrimmed}, {judge.StatisticTrimmed, judge.StatisticMedian}} {
		c := reports.NewCompare(skewed(pair[0]), skewed(pair[1]))
		if got := c.Arms[0]; !c.Comparable || got.Verdict != judge.Equivalent || got.Ratio != 1 {
			t.Errorf("%v: %s, ratio %v", pair, got.Verdict, got.Ratio)
		}
	}
}

// TestCompareInPlainWords tells each verdict so that nobody has to know the word for it.
func TestCompareInPlainWords(t *testing.T) {
	first := samples(reporttest.Whole(), times(300_000, 300_000, 600_000))
	for name, c := range map[string]struct {
		second *reports.Report
		want   string
	}{
		"no change": {samples(reporttest.Whole(), times(300_000, 300_300, 600_000)), "fused: no change shown, at most ±"},
		"slower":    {samples(reporttest.Whole(), times(300_000, 330_000, 600_000)), "fused: SLOWER: 1.100 times the latency, between "},
		"faster":    {samples(reporttest.Whole(), times(300_000, 270_000, 600_000)), "fused: FASTER: 0.900 times the latency, between "},
	} {
		text := strings.Join(reports.NewCompare(first, c.second).Page().Result.Items, "\n")
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: %q is not said:\n%s", name, c.want, text)
		}
	}
	other := reporttest.Whole()
	other.Host.CPU.Brand = "Example CPU 4000"
	if got := reports.NewCompare(first, other).Page().Result.Lead[0]; got != "The reports do not decide. Not the same in both: processor." {
		t.Error(got)
	}
}

// TestCompareShowsWhatEachReportSays beside the other's; a measurement alone says nothing.
func TestCompareShowsWhatEachReportSays(t *testing.T) {
	second := reporttest.NoEngine()
	second.Conclusion.Passed, second.Conclusion.ExitCode = false, 5
	rows := map[string]string{}
	for _, row := range titled(t, reports.NewCompare(reporttest.Whole(), second).Page(), "What each report says").Table.Rows {
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
	if s := titled(t, reports.NewCompare(alone, alone).Page(), "What each report says"); s.Table != nil || len(s.Lead) != 1 {
		t.Errorf("measurements alone: %+v", s)
	}
}
