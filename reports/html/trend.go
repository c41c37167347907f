package html

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// How much of a line is drawn: points beside those of changes, and words at its foot.
const (
	mostPoints = 60
	mostDates  = 4
)

// ofTrend fills in what a series over time has: one picture for each line.
func (v *view) ofTrend(t *reports.Trend, page reports.Page) {
	v.Title, v.State, v.Word = "acdeploy trend", good, "No change"
	v.Headline = strings.Join(page.Result.Lead, " ")
	changes, slower, points := 0, 0, 0
	g := group{Title: "How did the latency change?"}
	for _, l := range t.Lines {
		for i, p := range l.Points {
			points++
			if p.Change != "" {
				changes++
			}
			if i == len(l.Points)-1 && p.Change == "slower" {
				slower++
			}
		}
		g.Charts = append(g.Charts, trendOf(l))
	}
	switch {
	case slower > 0:
		v.State, v.Word = bad, "Slower with the newest report"
	case changes > 0:
		v.State, v.Word = unknown, human.Count(changes, "change")
	case points < 2:
		v.State, v.Word = unknown, "Nothing to compare"
	}
	v.Pictures = numbered(g)
}

// trendOf draws the ratios of a line at the times of the reports, each with its interval, and the band that an interval leaves at a change.
func trendOf(l reports.TrendLine) chart {
	c := chart{
		Title:  human.Printable(l.Title()),
		Desc:   "The latency over the baseline's, report after report, with its interval. The band is the margin around the level that a report is compared with; an interval outside of it is a change. Below are the days and, where they change, the versions.",
		Legend: []legend{{"candidate", "ratio"}, {"band", "margin"}, {"bad", "became slower"}, {"good", "became faster"}},
		Table:  newTable("measured", ">ratio", ">from", ">to", "change", "versions", "report"),
	}
	for _, p := range l.Points {
		c.Table.Rows = append(c.Table.Rows, []string{
			human.Printable(p.Started), three(float64(p.Ratio)), three(float64(p.CI[0])), three(float64(p.CI[1])),
			p.Change, human.Printable(strings.Join(p.Versions, ", ")), human.Printable(p.Report),
		})
	}
	points := shownPoints(l.Points)
	at, timed := places(points)
	if timed {
		c.Desc += " A report stands at the time when it was begun."
	} else {
		c.Desc += " The reports stand in their order, for not all of them tell different times."
	}
	c.drawTrend(points, at)
	return c
}

// shownPoints are those that are drawn: points at even distances, and every change.
func shownPoints(all []reports.TrendPoint) []reports.TrendPoint {
	shown := map[int]bool{}
	var index []int
	for i, p := range all {
		if finite(float64(p.Ratio)) {
			index = append(index, i)
		}
	}
	for _, i := range thinned(index, mostPoints) {
		shown[i] = true
	}
	var list []reports.TrendPoint
	for _, i := range index {
		if shown[i] || all[i].Change != "" {
			list = append(list, all[i])
		}
	}
	return list
}

// places are where points stand, from 0 to 1: by time where all of them tell it, else by their order.
func places(points []reports.TrendPoint) (at []float64, timed bool) {
	at = make([]float64, len(points))
	times := make([]time.Time, len(points))
	for i, p := range points {
		var err error
		if times[i], err = time.Parse(time.RFC3339, p.Started); err != nil {
			times = nil
			break
		}
	}
	whole := time.Duration(0)
	if len(times) > 0 {
		whole = times[len(times)-1].Sub(times[0])
	}
	for i := range points {
		switch {
		case whole > 0:
			at[i] = float64(times[i].Sub(times[0])) / float64(whole)
		case len(points) > 1:
			at[i] = float64(i) / float64(len(points)-1)
		}
	}
	return at, whole > 0
}

func (c *chart) drawTrend(points []reports.TrendPoint, at []float64) {
	const top, bottom = 18.0, 160.0
	c.Height = bottom + 3*lineHeight
	var values []float64
	for _, p := range points {
		level, margin := float64(p.Level), float64(p.Margin)
		values = append(values, float64(p.Ratio), float64(p.CI[0]), float64(p.CI[1]), level*(1+margin), level/(1+margin))
	}
	axis := over(false, values...)
	y := func(v float64) float64 { return bottom - axis.part(v)*(bottom-top) }
	x := func(i int) float64 {
		if len(points) < 2 {
			return (gutter + chartWidth - inset) / 2
		}
		return gutter + 8 + at[i]*(chartWidth-inset-gutter-16)
	}
	c.drawBands(points, x, y)
	for _, t := range axis.ticks() {
		c.add(line("grid", gutter, y(t), chartWidth-inset, y(t)), text("tick", "end", gutter-5, y(t)+3.5, short(t)))
	}
	var way [][2]float64
	for i, p := range points {
		way = append(way, [2]float64{x(i), y(float64(p.Ratio))})
	}
	if len(way) > 1 {
		c.add(path("candidate", way))
	}
	for i, p := range points {
		class := changeClass(p.Change)
		if low, high := float64(p.CI[0]), float64(p.CI[1]); finite(low) && finite(high) {
			c.add(line(class, x(i), y(low), x(i), y(high)))
		}
		hint := fmt.Sprintf("%s: %s (%s to %s)", human.Printable(p.Started), three(float64(p.Ratio)), three(float64(p.CI[0])), three(float64(p.CI[1])))
		c.add(dot(class, x(i), y(float64(p.Ratio)), hint))
		if p.Change != "" {
			c.add(text("name", anchor(x(i)), x(i), max(y(max(float64(p.Ratio), float64(p.CI[1])))-7, 11), p.Change))
		}
	}
	c.drawFoot(points, x, top, bottom)
}

// drawBands draws the margin around each level, from the point that set it to the last that is compared with it.
func (c *chart) drawBands(points []reports.TrendPoint, x func(int) float64, y func(float64) float64) {
	for from := 0; from < len(points); {
		to := from
		for to+1 < len(points) && points[to+1].Level == points[from].Level {
			to++
		}
		level, by := float64(points[from].Level), 1+float64(points[from].Margin)
		left, right := x(max(from-1, 0))-4, x(to)+4
		if finite(level) && level > 0 {
			c.add(box("band", left, y(level*by), right-left, y(level/by)-y(level*by), "margin around "+three(level)))
		}
		from = to + 1
	}
}

// drawFoot writes days below the points, and the versions where they change.
func (c *chart) drawFoot(points []reports.TrendPoint, x func(int) float64, top, bottom float64) {
	var all []int
	for i := range points {
		all = append(all, i)
	}
	end := 0.0
	for _, i := range thinned(all, mostDates) {
		day := human.Printable(points[i].Started[:min(len(points[i].Started), len("2006-01-02"))])
		if left, right := extent(x(i), day); left > end {
			c.add(text("tick", anchor(x(i)), x(i), bottom+13, day))
			end = right
		}
	}
	var before []string
	ends := [2]float64{} // of two rows, which keep neighbours apart; the table has what does not fit
	for i, p := range points {
		if i > 0 && slices.Equal(before, p.Versions) {
			continue
		}
		if before = p.Versions; i > 0 {
			c.add(line("one", x(i), top, x(i), bottom))
		}
		words := human.Clip(human.Printable(strings.Join(p.Versions, ", ")), 40)
		left, right := extent(x(i), words)
		for row := range ends {
			if left > ends[row] {
				c.add(text("tick", anchor(x(i)), x(i), bottom+27+14*float64(row), words))
				ends[row] = right
				break
			}
		}
	}
}

// extent is where words at a place begin and end, about.
func extent(x float64, words string) (left, right float64) {
	width := 6 * float64(utf8.RuneCountInString(words))
	switch anchor(x) {
	case "start":
		return x, x + width
	case "end":
		return x - width, x
	}
	return x - width/2, x + width/2
}

// anchor keeps a word at the sides of the picture inside.
func anchor(x float64) string {
	switch {
	case x < chartWidth/3:
		return "start"
	case x > chartWidth*2/3:
		return "end"
	}
	return "middle"
}

func changeClass(change string) string {
	switch change {
	case "slower":
		return "bad"
	case "faster":
		return "good"
	}
	return "candidate"
}
