package html

import (
	"fmt"
	"strconv"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// mostUnits is how many units of a comparison have a row. The interval rests on all.
const mostUnits = 40

// forest draws the ratio of each unit, the interval of all, the margin and the A/A control.
func forest(r *reports.Report) group {
	g := group{Title: "Does each process say the same?"}
	for _, c := range r.Comparisons {
		if len(c.UnitRatios) > 0 {
			g.Charts = append(g.Charts, forestOf(r, c))
		}
	}
	return g
}

func forestOf(r *reports.Report, c judge.Comparison) chart {
	where, candidate, baseline := names(r, c)
	shown := thinned(c.UnitRatios, mostUnits)
	p := chart{
		Title: candidate + " over " + baseline + ", " + where,
		Desc: fmt.Sprintf("A point is the ratio of the latencies in one fresh process, %s; the thick line is the %s interval of all. The band is the margin of %s.",
			of(len(shown), len(c.UnitRatios), "unit"), human.Percent(orElse(float64(c.Confidence), 0.9)), human.Percent(float64(c.Margin))),
		Legend: []legend{{"candidate", "one process"}, {verdictClass(c.Verdict), "all together"}, {"baseline", "A/A control"}, {"band", "margin"}},
		Table:  newTable("unit", ">ratio", ">from", ">to"),
	}
	control, controlled := controlOf(r, c)
	values := []float64{1, 1 - float64(c.Margin), 1 + float64(c.Margin), float64(c.CI[0]), float64(c.CI[1])}
	for _, v := range shown {
		values = append(values, float64(v))
	}
	if controlled {
		values = append(values, float64(control.CI[0]), float64(control.CI[1]))
	}
	const row = 9.0
	a, y := over(false, values...).from(2*gutter), row
	bottom := row*float64(len(shown)) + 2.5*lineHeight + 6
	p.Height = bottom + lineHeight
	p.add(box("band", a.at(1-float64(c.Margin)), 0, a.at(1+float64(c.Margin))-a.at(1-float64(c.Margin)), bottom, "margin"))
	p.drawAxis(a, 0, bottom, short)
	p.add(line("one", a.at(1), 0, a.at(1), bottom))
	p.add(text("name", "start", 2, row+4, "processes"))
	for i, v := range shown {
		if finite(float64(v)) {
			p.add(dot("candidate", a.at(float64(v)), y, three(float64(v))))
		}
		p.Table.Rows = append(p.Table.Rows, []string{strconv.Itoa(i + 1), three(float64(v)), "", ""})
		y += row
	}
	pooled := func(name, class string, ratio float64, ci [2]bench.Float) {
		y += 0.9 * lineHeight
		if finite(float64(ci[0])) && finite(float64(ci[1])) {
			p.add(line("interval "+class, a.at(float64(ci[0])), y, a.at(float64(ci[1])), y))
		}
		if finite(ratio) {
			p.add(dot(class, a.at(ratio), y, name+" "+three(ratio)), text("name", "start", 2, y+4, name))
		}
		p.Table.Rows = append(p.Table.Rows, []string{name, three(ratio), three(float64(ci[0])), three(float64(ci[1]))})
		y += lineHeight / 4
	}
	pooled("all", verdictClass(c.Verdict), float64(c.Ratio), c.CI)
	if controlled {
		pooled("A/A control", "baseline", float64(control.Ratio), control.CI)
	}
	return p
}

// controlOf is the copy of the baseline that was measured beside it.
func controlOf(r *reports.Report, c judge.Comparison) (judge.ArmRecord, bool) {
	for _, a := range r.Arms {
		if a.Key == c.Key && a.Role == bench.RoleControl && finite(float64(a.Ratio)) {
			return a, true
		}
	}
	return judge.ArmRecord{}, false
}

// thinned takes values at even distances, the first and the last among them.
func thinned[T any](list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	some := make([]T, most)
	for i := range some {
		some[i] = list[i*(len(list)-1)/max(most-1, 1)]
	}
	return some
}

// of says how many of all are shown.
func of(shown, all int, what string) string {
	if shown == all {
		return human.Count(all, what)
	}
	return fmt.Sprintf("%d of %s", shown, human.Count(all, what))
}

func orElse(v, otherwise float64) float64 {
	if finite(v) && v > 0 {
		return v
	}
	return otherwise
}
