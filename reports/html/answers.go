package html

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// mostErrors is how many outputs or layers have a row: those that come nearest to what is allowed.
const mostErrors = 10

// failing is an error next to what is allowed.
type failing struct {
	name           string
	error, allowed float64
	equal          bool
	detail         string
}

// answers draws the error of each output against its allowance, and the layers of which the checks know least.
func answers(r *reports.Report) group {
	g := group{Title: "How near are the answers?"}
	if r.Verify == nil {
		return g
	}
	outputs := bars("The outputs", []string{"engine: output", ">difference", ">allowed"}, differences(r.Verify.Checks, false), differing)
	layers := bars("Values inside the models", []string{"engine: value", ">difference", ">allowed"}, differences(r.Verify.Checks, true), differing)
	for _, c := range []chart{outputs, layers, weakest(r.Verify.Strength)} {
		if c.Table != nil {
			g.Charts = append(g.Charts, c)
		}
	}
	return g
}

const differing = "The largest difference, relative to the largest magnitude, on a scale of powers of ten; the mark is what is allowed. Those that differ come first, then those nearest to their mark."

// differences are those of the outputs, or of the values inside the models, in every engine.
func differences(checks []verify.Check, layers bool) []failing {
	var list []failing
	for _, c := range checks {
		if c.Layers != layers {
			continue
		}
		for _, o := range c.Outputs {
			list = append(list, failing{human.Printable(c.Backend + ": " + o.Name), float64(o.MaxRel), float64(o.Tolerance), o.Equal, human.Printable(o.Detail)})
		}
	}
	slices.SortStableFunc(list, func(a, b failing) int {
		if a.equal != b.equal {
			return cmp.Compare(ordinal(a.equal), ordinal(b.equal))
		}
		return cmp.Compare(b.error/b.allowed, a.error/a.allowed)
	})
	return list
}

func ordinal(b bool) int {
	if b {
		return 1
	}
	return 0
}

// weakest draws how small a change of a layer is noticed.
func weakest(strength []verify.LayerStrength) chart {
	best := map[string]float64{}
	for _, s := range strength {
		if v, known := best[s.Node]; !known || s.Least() < v {
			best[s.Node] = s.Least()
		}
	}
	var list []failing
	for node, v := range best {
		list = append(list, failing{human.Printable(node), v, verify.Percent, v <= verify.Percent, ""})
	}
	slices.SortFunc(list, func(a, b failing) int { return cmp.Or(cmp.Compare(b.error, a.error), cmp.Compare(a.name, b.name)) })
	return bars("The layers about which the checks say least", []string{"layer", ">change", ">should be"}, list,
		"How small a change of the layer is noticed, on a scale of powers of ten; the mark is 1 %. The weakest come first.")
}

// bars draws the first errors on a scale of powers of ten, each with a mark where its allowance is. Without errors it has no table.
func bars(title string, headers []string, all []failing, how string) chart {
	if len(all) == 0 {
		return chart{}
	}
	list := all[:min(len(all), mostErrors)]
	if len(list) < len(all) {
		how += fmt.Sprintf(" Shown: %d of %s.", len(list), human.Thousands(int64(len(all))))
	}
	c := chart{Title: title, Desc: how, Table: newTable(headers...)}
	var values []float64
	for _, e := range list {
		values = append(values, e.error, e.allowed)
	}
	a, row := over(true, values...), 1.9*lineHeight
	bottom := row*float64(len(list)) + 4
	c.Height = bottom + lineHeight
	c.drawAxis(a, 0, bottom, power)
	for i, e := range list {
		y, class := row*float64(i), "good"
		if !e.equal {
			class = "bad"
		}
		end := a.high // no number is the largest error
		if finite(e.error) {
			end = e.error
		}
		c.add(text("name", "start", inset, y+11, human.Clip(e.name, 38)), text("name", "end", chartWidth-inset, y+11, scientific(e.error)))
		c.add(box(class, inset, y+lineHeight, a.at(end)-inset, 8, e.name+": "+scientific(e.error)))
		if finite(e.allowed) && e.allowed > 0 {
			c.add(line("limit", a.at(e.allowed), y+lineHeight-1, a.at(e.allowed), y+lineHeight+10))
		}
		name := e.name
		if e.detail != "" {
			name += ": " + e.detail
		}
		c.Table.Rows = append(c.Table.Rows, []string{name, scientific(e.error), scientific(e.allowed)})
	}
	return c
}

func scientific(v float64) string {
	switch {
	case !finite(v):
		return "not finite"
	case v == 0:
		return "0"
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}
