package html

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// How much of the runs is drawn: units of all settings together, and stretches of an arm in one.
const (
	mostSeries    = 60
	mostStretches = 60
)

// runs draws the runs of a unit in the order in which they were made: the first, the middle and the last unit of each setting, as long
// as there is room.
func runs(r *reports.Report) group {
	g := group{Title: "Did the times stay the same?"}
	all := settings(r)
	each := 3
	if len(all) > mostSeries/each {
		each = 1
	}
	for _, arms := range all {
		for _, n := range thinned(units(arms), each) {
			if len(g.Charts) < mostSeries {
				g.Charts = append(g.Charts, series(r, arms, n))
			}
		}
	}
	return g
}

// units are the numbers of those in which the first arm ran.
func units(arms []judge.ArmRecord) []int {
	var list []int
	for _, u := range arms[0].Units {
		if u.Complete && len(u.Blocks) > 0 {
			list = append(list, u.Unit)
		}
	}
	return list
}

func series(r *reports.Report, arms []judge.ArmRecord, unit int) chart {
	c := chart{
		Title: fmt.Sprintf("Unit %d, ms by run: %s", unit, human.Printable(reports.SettingName(arms[0].Key))),
		Desc:  "The runs of each model in one process, in their order. A line is the median, the area around it reaches from the fastest to the slowest run; the slowest are cut off. Vertical lines part the blocks.",
		Table: newTable("model", "block", ">runs", ">fastest", ">median", ">slowest"),
	}
	const top, bottom = 14.0, 140.0
	c.Height = bottom + 6
	var values []float64
	for _, a := range arms {
		if times := sorted(judge.ArmRecord{Units: unitOf(a, unit)}); len(times) > 0 {
			values = append(values, times[0], share(times, drawn))
		}
	}
	y := over(false, values...)
	at := func(v float64) float64 { return bottom - y.part(v)*(bottom-top) }
	for _, t := range y.ticks() {
		c.add(line("grid", gutter, at(t), chartWidth-inset, at(t)), text("tick", "end", gutter-5, at(t)+3.5, short(t)))
	}
	for i, a := range arms {
		c.Legend = append(c.Legend, legend{armClass(a), human.Printable(r.Label(a.Name))})
		c.drawRuns(human.Printable(r.Label(a.Name)), armClass(a), unitOf(a, unit), at, i == 0)
	}
	return c
}

func unitOf(a judge.ArmRecord, unit int) []judge.ArmUnit {
	for _, u := range a.Units {
		if u.Unit == unit && u.Complete {
			return []judge.ArmUnit{u}
		}
	}
	return nil
}

// drawRuns draws those of an arm: the medians of stretches as a line, from the fastest to the slowest run of each as an area.
func (c *chart) drawRuns(label, class string, units []judge.ArmUnit, at func(float64) float64, borders bool) {
	for _, u := range units {
		width := (chartWidth - inset - gutter) / float64(len(u.Blocks))
		var middle, upper, lower [][2]float64
		for b, block := range u.Blocks {
			left := gutter + width*float64(b)
			if borders && b > 0 && width > 5 {
				c.add(line("grid", left, 14, left, 140))
			}
			for k, s := range stretches(block.Nanoseconds, max(1, mostStretches/len(u.Blocks))) {
				n := float64(min(len(block.Nanoseconds), max(1, mostStretches/len(u.Blocks))))
				x := left + width*(float64(k)+0.5)/n
				middle = append(middle, [2]float64{x, at(s.median)})
				upper, lower = append(upper, [2]float64{x, at(s.slowest)}), append(lower, [2]float64{x, at(s.fastest)})
			}
			if times := stretches(block.Nanoseconds, 1); len(times) > 0 && b < 20 {
				c.Table.Rows = append(c.Table.Rows, []string{
					label, fmt.Sprint(b), fmt.Sprint(len(block.Nanoseconds)),
					milliseconds(times[0].fastest), milliseconds(times[0].median), milliseconds(times[0].slowest),
				})
			}
		}
		if len(middle) > 0 {
			slices.Reverse(lower)
			c.add(path("area "+class, append(upper, lower...)), path(class, middle))
		}
	}
}

// stretch is what is drawn of runs that follow each other, in milliseconds. No peak is lost.
type stretch struct{ fastest, median, slowest float64 }

// stretches parts runs into as many pieces of one length, or fewer where there are fewer runs.
func stretches(times []int64, most int) []stretch {
	n := min(most, len(times))
	list := make([]stretch, n)
	for i := range list {
		part := slices.Sorted(slices.Values(times[i*len(times)/n : (i+1)*len(times)/n]))
		list[i] = stretch{float64(part[0]) / 1e6, float64(part[len(part)/2]) / 1e6, float64(part[len(part)-1]) / 1e6}
	}
	return list
}
