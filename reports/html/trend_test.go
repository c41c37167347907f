package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// nightly are reports of successive days with these ratios, measured with these versions of the engine.
func nightly(versions []string, ratios ...float64) []*reports.Report {
	var all []*reports.Report
	for i, ratio := range ratios {
		r := reporttest.Whole()
		r.Started = fmt.Sprintf("2026-%02d-%02dT12:00:00Z", 11+i/28, 1+i%28)
		r.Path = r.Started + "/report.json"
		r.Settings[0].Engine = &backends.Description{Name: "onnxruntime", Version: versions[i*len(versions)/len(ratios)]}
		c := &r.Comparisons[0]
		c.Ratio, c.CI = bench.Float(ratio), [2]bench.Float{bench.Float(ratio - 0.006), bench.Float(ratio + 0.006)}
		all = append(all, r)
	}
	return all
}

// changing is a trend that goes up with a new version, and down again; one of its reports is of another model.
func changing() *reports.Trend {
	all := nightly([]string{"1.31.0", "1.32.0"}, 1.002, 0.998, 1.004, 1.001, 1.046, 1.049, 1.044, 0.997, 1.001)
	all[3].Fuse.Input.Path = reporttest.HostileSteer + reporttest.HostileRight
	all[8].Comparisons[0].Batch = 8 // the same model in another line
	return reports.NewTrend(all, []reports.LeftOut{{Report: reporttest.HostileSteer + reporttest.HostileRight, Reason: "no JSON"}})
}

func TestPageOfATrend(t *testing.T) {
	page := render(t, changing())
	for _, want := range []string{"<h1>2 changes</h1>", `<circle class="bad"`, `<circle class="good"`, "onnxruntime 1.31.0", "onnxruntime 1.32.0", `<rect class="band"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if got := strings.Count(page, `class="bad" cx=`); got != 1 {
		t.Errorf("%d points became slower, want the one that left the band", got)
	}
}

// A long series is thinned, but no change is lost.
func TestPageOfALongTrend(t *testing.T) {
	ratios := make([]float64, 500)
	for i := range ratios {
		ratios[i] = 1
	}
	for i := 251; i < len(ratios); i++ {
		ratios[i] = 1.2
	}
	page := render(t, reports.NewTrend(nightly([]string{"1", "2", "3"}, ratios...), nil))
	if n := strings.Count(page, "<circle"); n > 62 {
		t.Errorf("%d points", n)
	}
	if strings.Count(page, `class="bad" cx=`) != 1 {
		t.Error("the change is lost")
	}
	if n := strings.Count(page, "<tr>"); n < 500 {
		t.Errorf("the table has %d rows", n)
	}
	wellFormed(t, page)
}

// The first word says what the newest report does.
func TestPageOfATrendBeginsWithItsOutcome(t *testing.T) {
	for word, ratios := range map[string][]float64{
		"No change": {1, 1.001}, "Slower with the newest report": {1, 1.05}, "1 change": {1, 1.05, 1.05}, "Nothing to compare": {1},
	} {
		if page := render(t, reports.NewTrend(nightly([]string{"1"}, ratios...), nil)); !strings.Contains(page, "<h1>"+word+"</h1>") {
			t.Errorf("%s is not said", word)
		}
	}
}

// A report stands at its time; where one tells none, all stand in their order.
func TestPageOfATrendStandsAtItsTimes(t *testing.T) {
	all := nightly([]string{"1"}, 1, 1.001, 1.002)
	all[2].Started = "2026-11-11T12:00:00Z" // ten days after the first, the second one day
	page := render(t, reports.NewTrend(all, nil))
	for _, x := range []string{"48", "75", "318"} {
		if !strings.Contains(page, `<circle class="candidate" cx="`+x+`"`) {
			t.Errorf("no point at %s", x)
		}
	}
	if !strings.Contains(page, "stands at the time when it was begun") {
		t.Error("what a place means is not said")
	}
	all[0].Started = "some time"
	if page := render(t, reports.NewTrend(all, nil)); !strings.Contains(page, `cx="183"`) || !strings.Contains(page, "The reports stand in their order") {
		t.Error("reports without a time do not stand in their order")
	}
}
