package html_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// timed is a report of twelve units in which the fused model takes so many nanoseconds.
func timed(path string, ns int64) *reports.Report {
	r := reporttest.Whole()
	r.Path = path
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Role == bench.RoleCandidate {
			a.Median = ns
		}
		a.Units = nil
		for u := range 12 {
			at := a.Median + int64(u%5-2)*a.Median/500
			a.Units = append(a.Units, judge.ArmUnit{Unit: u, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{at, at + 1, at - 1}}}})
		}
	}
	r.Settings[0].Statistic = judge.StatisticPaired
	return r
}

// elsewhere is a report from another machine.
func elsewhere(path string) *reports.Report {
	r := timed(path, 280_000)
	r.Host.CPU.Brand, r.Tools[0].Version = reporttest.HostileSteer+reporttest.HostileNode, "1.33.0"
	return r
}

// severals are documents of several reports.
func severals() map[string]reports.Document {
	first, slower := timed("monday/report.json", 312_000), timed("tuesday/report.json", 331_000)
	other := elsewhere(reporttest.HostileSteer + reporttest.HostileNode)
	return map[string]reports.Document{
		"compare":           reports.NewCompare(first, slower, judge.LatencyGate{}),
		"compare_elsewhere": reports.NewCompare(first, other, judge.LatencyGate{}),
		"compare_three":     reports.NewSeries([]*reports.Report{first, slower, elsewhere("wednesday/report.json")}, judge.LatencyGate{}),
		"trend":             changing(),
	}
}

// The pages of comparisons and trends are kept, and as sound as that of a report.
func TestPageOfSeveral(t *testing.T) {
	for name, doc := range severals() {
		t.Run(name, func(t *testing.T) {
			page := render(t, doc)
			reporttest.Golden(t, name+".html", page)
			wellFormed(t, page)
			harmless(t, page)
			if strings.Count(page, "<svg") < 2 {
				t.Error("the page has no pictures of the changes and of the latencies")
			}
		})
	}
}

// The first word of a page says what the comparison comes to.
func TestPageOfAComparisonBeginsWithItsOutcome(t *testing.T) {
	invalid := timed("b", 312_000)
	invalid.Controls[0].State = judge.Fail
	short := timed("b", 312_000)
	short.Arms[2].Units = short.Arms[2].Units[:3]
	alone := elsewhere("b")
	alone.Arms = alone.Arms[2:]
	for word, second := range map[string]*reports.Report{
		"No change": timed("b", 312_300), "SLOWER": timed("b", 340_000), "Faster": timed("b", 290_000), "INVALID": invalid, "Not shown": short,
		"Not decided": alone, "Nothing in common": reports.New(nil, nil, nil),
	} {
		if page := render(t, reports.NewCompare(timed("a", 312_000), second, judge.LatencyGate{})); !strings.Contains(page, "<h1>"+word+"</h1>") {
			t.Errorf("%s is not said", word)
		}
	}
	c := reports.NewCompare(timed("a", 312_000), alone, judge.LatencyGate{})
	c.Ending = &reports.Ending{ExitCode: 4, Reasons: []reports.Reason{{Code: reports.ReasonGate, Text: "fused is not_shown"}}, Gates: c.Gates()}
	page := render(t, c)
	for _, want := range []string{"FAILED with exit code 4", "fused is not_shown.", "<h2", "Gates"} {
		if !strings.Contains(page, want) {
			t.Errorf("a failed gate: the page has no %s", want)
		}
	}
}
