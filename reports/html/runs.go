package html

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// How much of the runs is drawn: units of all settings together, and points of an arm in one.
const (
	mostSeries = 60
	mostRuns   = 200
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
		Desc:  "The runs of each model in one process, in their order. Vertical lines part the blocks. Runs that take long are cut off at the upper end.",
		Table: newTable("model", "block", ">runs", ">fastest", ">median", ">slowest"),
	}
	const top, bottom = 8.0, 130.0
	c.Height = bottom + 6
	var values []float64
	for _, a := range arms {
		if times := sorted(judge.ArmRecord{Units: unitOf(a, unit)}); len(times) > 0 {
			values = append(values, times[0], share(times, 0.98))
		}
	}
	y := over(false, values...)
	at := func(v float64) float64 {
		return bottom - (y.at(v)-inset)/(chartWidth-2*inset)*(bottom-top)
	}
	for _, t := range y.ticks() {
		c.add(line("grid", inset, at(t), chartWidth-inset, at(t)), text("tick", "start", inset, at(t)-2, short(t)))
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

// drawRuns draws those of an arm, a line for each block.
func (c *chart) drawRuns(label, class string, units []judge.ArmUnit, at func(float64) float64, borders bool) {
	for _, u := range units {
		width := (chartWidth - 2*inset) / float64(len(u.Blocks))
		for b, block := range u.Blocks {
			n := len(block.Nanoseconds)
			if n == 0 {
				continue
			}
			left := inset + width*float64(b)
			if borders && b > 0 {
				c.add(line("grid", left, 0, left, 130))
			}
			var points [][2]float64
			for _, k := range picked(block.Nanoseconds, max(4, mostRuns/len(u.Blocks))) {
				points = append(points, [2]float64{left + 1 + (width-2)*float64(k)/float64(max(n-1, 1)), at(float64(block.Nanoseconds[k]) / 1e6)})
			}
			c.add(path("thin "+class, points))
			times := sorted(judge.ArmRecord{Units: []judge.ArmUnit{{Complete: true, Blocks: []judge.ArmBlock{block}}}})
			if b < 20 {
				c.Table.Rows = append(c.Table.Rows, []string{label, fmt.Sprint(b), fmt.Sprint(n), milliseconds(times[0]), milliseconds(share(times, 0.5)), milliseconds(times[n-1])})
			}
		}
	}
}

// picked are the places of the fastest and the slowest run of each stretch, so that no peak is lost.
func picked(times []int64, most int) []int {
	var list []int
	if len(times) <= most {
		for i := range times {
			list = append(list, i)
		}
		return list
	}
	stretches := max(most/2, 1)
	for s := range stretches {
		from, to := s*len(times)/stretches, (s+1)*len(times)/stretches
		low, high := from, from
		for i := from; i < to; i++ {
			if times[i] < times[low] {
				low = i
			}
			if times[i] > times[high] {
				high = i
			}
		}
		list = append(list, min(low, high))
		if low != high {
			list = append(list, max(low, high))
		}
	}
	return list
}
