package html

import (
	"slices"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// mostSteps is how many points the line of an arm has, and drawn the part of the runs that it shows: the slowest would make all others
// one line.
const (
	mostSteps = 100
	drawn     = 0.95
)

// settings are the arms that are shown, those of one setting together.
func settings(r *reports.Report) [][]judge.ArmRecord {
	var list [][]judge.ArmRecord
	for _, a := range r.Ordered() {
		if n := len(list); n > 0 && list[n-1][0].Setting == a.Setting {
			list[n-1] = append(list[n-1], a)
		} else {
			list = append(list, []judge.ArmRecord{a})
		}
	}
	return list
}

// armClass is the class of the style for a role.
func armClass(a judge.ArmRecord) string {
	switch a.Role {
	case bench.RoleBaseline, bench.RoleControl:
		return "baseline"
	case bench.RoleAsTrained:
		return "trained"
	}
	return "candidate"
}

// spread draws how the runs of each arm are spread: which part of them took at most so long, and quantiles with their bounds.
func spread(r *reports.Report) group {
	g := group{Title: "How are the runs spread?"}
	for _, arms := range settings(r) {
		if c, ok := distribution(r, arms); ok {
			g.Charts = append(g.Charts, c)
		}
		if c, ok := quantiles(r, arms); ok {
			g.Charts = append(g.Charts, c)
		}
	}
	return g
}

// sorted are the times of an arm in milliseconds, of units that are complete.
func sorted(a judge.ArmRecord) []float64 {
	var list []float64
	for _, u := range a.Units {
		for _, b := range u.Blocks {
			for _, ns := range b.Nanoseconds {
				if u.Complete {
					list = append(list, float64(ns)/1e6)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

func distribution(r *reports.Report, arms []judge.ArmRecord) (chart, bool) {
	c := chart{
		Title: "Runs that took at most so long, in ms: " + human.Printable(reports.SettingName(arms[0].Key)),
		Desc:  "A line further left is faster; a steep line is steady. The slowest 5 % of the runs are not drawn. The line of the baseline is wide, that of the model as trained is dashed.",
		Table: newTable("model", ">runs", ">fastest", ">10 %", ">50 %", ">90 %", ">99 %", ">slowest"),
	}
	const top, bottom = 14.0, 150.0
	times := map[int][]float64{}
	var values []float64
	for i, a := range arms {
		if times[i] = sorted(a); len(times[i]) > 0 {
			values = append(values, times[i][0], share(times[i], drawn))
		}
	}
	if len(values) == 0 {
		return c, false
	}
	x := over(false, values...).from(gutter)
	c.Height = bottom + lineHeight
	c.drawAxis(x, top, bottom, short)
	for _, q := range []float64{0, 0.25, 0.5, 0.75} {
		y := bottom - q/drawn*(bottom-top)
		c.add(line("grid", gutter, y, chartWidth-inset, y), text("tick", "end", gutter-5, y+3.5, human.Percent(q)))
	}
	for i, a := range arms {
		if len(times[i]) == 0 {
			continue
		}
		var points [][2]float64
		for k := range mostSteps + 1 {
			q := float64(k) / mostSteps * drawn
			points = append(points, [2]float64{x.at(share(times[i], q)), bottom - q/drawn*(bottom-top)})
		}
		class := armClass(a)
		if class == "baseline" { // what lies on it is seen with it
			class += " wide"
		}
		c.add(path(class, points))
		label := human.Printable(r.Label(a.Name))
		c.Legend = append(c.Legend, legend{armClass(a), label})
		cells := []string{label, human.Thousands(int64(len(times[i])))}
		for _, q := range []float64{0, 0.1, 0.5, 0.9, 0.99, 1} {
			cells = append(cells, milliseconds(share(times[i], q)))
		}
		c.Table.Rows = append(c.Table.Rows, cells)
	}
	return c, true
}

// share is the value that a part of the sorted values does not exceed.
func share(values []float64, q float64) float64 {
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

func milliseconds(v float64) string { return human.Milliseconds(int64(v * 1e6)) }

// farthest is how many times as far as the largest quantile the picture goes: one bound of few runs must not hide the rest.
const farthest = 1.5

func quantiles(r *reports.Report, arms []judge.ArmRecord) (chart, bool) {
	c := chart{
		Title: "Quantiles and their bounds, in ms: " + human.Printable(reports.SettingName(arms[0].Key)),
		Desc:  "From the left the median, p90, p95 and p99 of each model. Each line is where the quantile lies with a probability of 95 %; one without an end has no bound, one that reaches the edge ends beyond it.",
		Table: newTable("model", "quantile", ">ms", ">at least", ">at most"),
	}
	var values []float64
	most := 0.0
	for _, a := range arms {
		for _, q := range a.Quantiles {
			at := float64(q.Estimate) / 1e6
			values = append(values, at, orElse(bound(q.Low, q.LowRank), at))
			most = max(most, at)
		}
	}
	if len(values) == 0 {
		return c, false
	}
	most *= farthest
	for _, a := range arms {
		for _, q := range a.Quantiles {
			values = append(values, min(orElse(bound(q.High, q.HighRank), 0), most))
		}
	}
	values = slices.DeleteFunc(values, func(v float64) bool { return v == 0 })
	x := over(false, values...)
	const row = 2.2 * lineHeight
	bottom := row*float64(len(arms)) + 4
	c.Height = bottom + lineHeight
	c.drawAxis(x, 0, bottom, short)
	for i, a := range arms {
		label, class := human.Printable(r.Label(a.Name)), armClass(a)
		y := row*float64(i) + 1.6*lineHeight
		c.add(text("name", "start", inset, row*float64(i)+12, human.Clip(label, 52)))
		for _, q := range a.Quantiles {
			at, low, high := float64(q.Estimate)/1e6, bound(q.Low, q.LowRank), bound(q.High, q.HighRank)
			name := "p" + human.Thousands(int64(100*float64(q.Q)+0.5))
			c.add(line("interval "+class, x.at(orElse(low, at)), y, x.at(min(orElse(high, at), max(most, at))), y), dot(class, x.at(at), y, label+", "+name+": "+milliseconds(at)))
			c.Table.Rows = append(c.Table.Rows, []string{label, name, milliseconds(at), orDash(low), orDash(high)})
		}
	}
	return c, true
}

// bound is that of a quantile in milliseconds; 0 where there is none.
func bound(v bench.Float, rank int) float64 {
	if rank == 0 || !finite(float64(v)) {
		return 0
	}
	return float64(v) / 1e6
}

func orDash(v float64) string {
	if v == 0 {
		return "–"
	}
	return milliseconds(v)
}
