package html_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// large is a report of 40 comparisons with a hundred thousand runs each, in 120 units.
func large() *reports.Report {
	r := reporttest.Whole()
	arms, comparison := r.Arms, r.Comparisons[0]
	r.Arms, r.Comparisons = nil, nil
	for s := range 40 {
		c := comparison
		c.Batch, c.Setting = int64(s+1), s
		for u := range 120 {
			c.UnitRatios = append(c.UnitRatios, bench.Float(0.99+float64(u%7)/500))
		}
		r.Comparisons = append(r.Comparisons, c)
		for _, a := range arms {
			a.Key = c.Key
			a.Units = nil
			for u := range 120 {
				unit := judge.ArmUnit{Unit: u, Complete: true}
				for b := range 5 {
					times := make([]int64, 40)
					for i := range times {
						times[i] = a.Median + int64((i*7919+b*104729+u)%9001)
					}
					unit.Blocks = append(unit.Blocks, judge.ArmBlock{Nanoseconds: times})
				}
				a.Units = append(a.Units, unit)
			}
			r.Arms = append(r.Arms, a)
		}
	}
	r.Conclude()
	return r
}

// A page stays small, however much was measured: what is drawn is thinned.
func TestPageStaysSmall(t *testing.T) {
	page := render(t, large())
	wellFormed(t, page)
	harmless(t, page)
	if most := 3 << 20; len(page) > most {
		t.Errorf("the page takes %d bytes, at most %d are allowed", len(page), most)
	}
	if n := strings.Count(page, "40 of 120 units"); n < 40 {
		t.Errorf("%d comparisons say how many of their units are drawn", n)
	}
}

func TestForestHasTheControl(t *testing.T) {
	r := reporttest.Judged(judge.Slower, 1.071, 1.062, 1.082, "")
	if page := render(t, r); strings.Count(page, "A/A control</td>") != 1 || !strings.Contains(page, "<td>3</td><td class=\"n\">1.082</td>") {
		t.Error("the table behind the forest plot lacks the control or a unit")
	}
	r.Comparisons[0].UnitRatios = nil
	if page := render(t, r); strings.Contains(page, "Does each process say the same?") {
		t.Error("a forest plot without units")
	}
}
