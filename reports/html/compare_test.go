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
	r.Settings[0].Statistic = judge.StatisticMedian
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
		"compare":           reports.NewCompare(first, slower),
		"compare_elsewhere": reports.NewCompare(first, other),
		"compare_three":     reports.NewSeries([]*reports.Report{first, slower, elsewhere("wednesday/report.json")}),
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
	first := timed("a", 312_000)
	invalid := timed("b", 312_000)
	invalid.Controls[0].State = judge.Fail
	short := timed("b", 312_000)
	short.Arms[2].Units = short.Arms[2].Units[:3]
	for word, second := range map[string]*reports.Report{
		"No change": timed("b", 312_300), "SLOWER": timed("b", 340_000), "Faster": timed("b", 290_000), "INVALID": invalid, "Not shown": short,
		"Not decided": elsewhere("b"), "Nothing in common": reports.New(nil, nil, nil),
	} {
		if word == "Nothing in common" {
			first.Host, first.Options, first.Tools, first.Settings, second.Settings = second.Host, second.Options, second.Tools, nil, nil
		}
		if page := render(t, reports.NewCompare(timedOr(first, word), second)); !strings.Contains(page, "<h1>"+word+"</h1>") {
			t.Errorf("%s is not said", word)
		}
	}
}

// timedOr is a fresh report, but that which was made to have nothing in common.
func timedOr(r *reports.Report, word string) *reports.Report {
	if word == "Nothing in common" {
		return r
	}
	return timed("a", 312_000)
}
