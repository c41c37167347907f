package html

import (
	"math"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/reports"
)

// The room of a chart. It is as wide as a telephone, so that its text is as large there as that of the page.
const (
	chartWidth = 340.0
	inset      = 14.0 // on both sides, so that the words of the first and the last tick fit
	gutter     = 40.0 // on the left, where words stand beside the picture
	lineHeight = 16.0
)

// chart is a picture, with the table of what it shows.
type chart struct {
	ID     string
	Title  string
	Desc   string
	Height float64
	Shapes []shape
	Legend []legend
	Table  *reports.Table
	// Told says that the picture before this one has the same description, so that it need not stand below both.
	Told bool
}

// legend is what a colour stands for.
type legend struct{ Class, Text string }

// shape is one mark. Which of the fields it has depends on its kind.
type shape struct {
	Kind   string // line, rect, circle, path or text
	Class  string // of the style
	X, Y   float64
	X2, Y2 float64 // of a line; of a rectangle the width and height
	D      string  // of a path
	Text   string  // of a text; of others what a pointer shows
	Anchor string  // of a text: start, middle or end
}

// Width is that of every chart.
func (chart) Width() float64 { return chartWidth }

func (c *chart) add(s ...shape) { c.Shapes = append(c.Shapes, s...) }

func line(class string, x, y, x2, y2 float64) shape {
	return shape{Kind: "line", Class: class, X: tenth(x), Y: tenth(y), X2: tenth(x2), Y2: tenth(y2)}
}

func box(class string, x, y, width, height float64, hint string) shape {
	return shape{Kind: "rect", Class: class, X: tenth(x), Y: tenth(y), X2: tenth(max(width, 0)), Y2: tenth(height), Text: hint}
}

func dot(class string, x, y float64, hint string) shape {
	return shape{Kind: "circle", Class: class, X: tenth(x), Y: tenth(y), Text: hint}
}

func text(class, anchor string, x, y float64, s string) shape {
	return shape{Kind: "text", Class: class, Anchor: anchor, X: tenth(x), Y: tenth(y), Text: s}
}

// tenth rounds a coordinate: more digits take room and show nothing.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// path is a line through points.
func path(class string, points [][2]float64) shape {
	var d strings.Builder
	for i, p := range points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		d.WriteString(letter + strconv.FormatFloat(tenth(p[0]), 'f', -1, 64) + " " + strconv.FormatFloat(tenth(p[1]), 'f', -1, 64))
	}
	return shape{Kind: "path", Class: class, D: d.String()}
}

// axis maps values to coordinates.
type axis struct {
	low, high float64
	log       bool
	left      float64 // where it begins
}

// over is an axis that has room for values. Those that are no numbers do not count.
func over(log bool, values ...float64) axis {
	a := axis{low: math.Inf(1), high: math.Inf(-1), log: log, left: inset}
	for _, v := range values {
		if finite(v) && (!log || v > 0) {
			a.low, a.high = min(a.low, v), max(a.high, v)
		}
	}
	switch {
	case a.low > a.high:
		a.low, a.high = 1, 2
	case log:
		a.low, a.high = math.Pow(10, math.Floor(math.Log10(a.low))), math.Pow(10, math.Ceil(math.Log10(a.high)))
		if a.low == a.high {
			a.high *= 10
		}
	case a.low == a.high:
		room := max(math.Abs(a.low)*0.01, 1e-9)
		a.low, a.high = a.low-room, a.high+room
	default:
		room := (a.high - a.low) * 0.05
		if a.low >= 0 {
			a.low = max(a.low-room, 0) // no time is less than none
		} else {
			a.low -= room
		}
		a.high += room
	}
	return a
}

// part is how far along the axis a value lies, from 0 to 1. What is beyond the axis lies at its end.
func (a axis) part(v float64) float64 {
	part := (v - a.low) / (a.high - a.low)
	if a.log {
		part = (math.Log10(max(v, a.low)) - math.Log10(a.low)) / (math.Log10(a.high) - math.Log10(a.low))
	}
	return min(max(part, 0), 1)
}

// at is where a value lies between the sides.
func (a axis) at(v float64) float64 { return a.left + a.part(v)*(chartWidth-inset-a.left) }

// from is the axis, begun further right.
func (a axis) from(left float64) axis {
	a.left = left
	return a
}

// ticks are at most six round values of the axis.
func (a axis) ticks() []float64 {
	var list []float64
	if a.log {
		first, last := math.Round(math.Log10(a.low)), math.Round(math.Log10(a.high))
		for e, step := first, max(1, math.Ceil((last-first)/4)); e <= last; e += step {
			list = append(list, math.Pow(10, e))
		}
		return list
	}
	step := math.Pow(10, math.Floor(math.Log10((a.high-a.low)/2)))
	for _, by := range []float64{1, 2, 5, 10} {
		if (a.high-a.low)/(step*by) <= 6 {
			step *= by
			break
		}
	}
	for k := math.Ceil(a.low / step); k*step <= a.high && len(list) < 8; k++ {
		list = append(list, k*step)
	}
	return list
}

// drawAxis draws lines across the chart at the ticks, and the words for them at its lower end.
func (c *chart) drawAxis(a axis, top, bottom float64, words func(float64) string) {
	for _, t := range a.ticks() {
		x := a.at(t)
		c.add(line("grid", x, top, x, bottom), text("tick", "middle", x, bottom+12, words(t)))
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// short writes a ratio or a time with as many digits as it takes.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// power writes a power of ten.
func power(v float64) string {
	exponent := strconv.Itoa(int(math.Round(math.Log10(v))))
	return "10" + strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(exponent)
}

// three writes a ratio; a dash where there is none.
func three(v float64) string {
	if !finite(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
