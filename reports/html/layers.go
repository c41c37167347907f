package html

import (
	"fmt"
	"slices"
	"sort"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// How much of the layers of a model is shown: bars, and rows of the table behind them.
const (
	mostBars   = 8
	mostLayers = 250
)

// layers draws how long each layer takes, where an engine tells: those of every model in the first setting of each engine.
func layers(r *reports.Report) group {
	g := group{Title: "Where does the time go?"}
	shown := map[bench.Key]bool{}
	for _, arms := range settings(r) {
		engine := bench.Key{Backend: arms[0].Backend, Provider: arms[0].Provider}
		if shown[engine] {
			continue
		}
		for _, a := range arms {
			if c, ok := layersOf(r, a); ok {
				g.Charts = append(g.Charts, c)
				shown[engine] = true
			}
		}
	}
	return g
}

// layersOf draws the slowest layers of a model, and tells of the others together. The table has them in the order in which they run.
func layersOf(r *reports.Report, a judge.ArmRecord) (chart, bool) {
	c := chart{
		Title: fmt.Sprintf("Time by layer of %s: %s", human.Printable(r.Label(a.Name)), human.Printable(reports.SettingName(a.Key))),
		Desc:  "The slowest layers, as the engine runs them after its own optimisations: several nodes of the file may be one, which stands with the last of them. A bar shows the time beside that of the slowest layer, the number behind it the share of all layers. Each time is the median of some runs under the engine's profiler. They were made apart from those that are judged, because the profiler slows a run down.",
		Table: newTable("layer", "operator", ">time", ">share"),
	}
	total := reports.LayerTime(a)
	if a.Role == bench.RoleControl || total == 0 {
		return c, false
	}
	part := func(ns int64) string { return fmt.Sprintf("%.1f %%", 100*float64(ns)/float64(total)) }
	for i, s := range a.Plan.Steps {
		if i == mostLayers {
			c.Table.Rows = append(c.Table.Rows, []string{human.Count(len(a.Plan.Steps)-i, "more layer") + ", in report.json", "", "", ""})
			break
		}
		time, share := "–", "–"
		if s.Nanoseconds > 0 {
			time, share = human.Duration(s.Nanoseconds), part(s.Nanoseconds)
		}
		c.Table.Rows = append(c.Table.Rows, []string{human.Printable(s.Name), human.Printable(s.Op), time, share})
	}
	slowest := slices.Clone(a.Plan.Steps)
	sort.SliceStable(slowest, func(i, j int) bool { return slowest[i].Nanoseconds > slowest[j].Nanoseconds })
	rest := total
	for _, s := range slowest[:min(mostBars, len(slowest))] {
		rest -= s.Nanoseconds
		c.drawLayer(armClass(a), s.Name, s.Nanoseconds, float64(s.Nanoseconds)/float64(slowest[0].Nanoseconds), part(s.Nanoseconds))
	}
	if n := len(slowest) - mostBars; n > 0 {
		c.add(text("tick", "start", inset, c.Height+11, human.Count(n, "more layer")),
			text("tick", "end", chartWidth-inset, c.Height+11, human.Duration(rest)+", "+part(rest)))
		c.Height += lineHeight
	}
	c.Height = tenth(c.Height)
	return c, true
}

// drawLayer adds a row: the name, the time with its share, and below them a bar that shows how it compares with the slowest.
func (c *chart) drawLayer(class, step string, ns int64, length float64, part string) {
	const row = 1.7 * lineHeight
	time, name := human.Duration(ns)+", "+part, human.Printable(reports.LayerNode(step))
	c.add(text("name", "start", inset, c.Height+11, human.Clip(name, 34)), text("name", "end", chartWidth-inset, c.Height+11, time),
		box(class, inset, c.Height+15, length*(chartWidth-2*inset), 6, human.Printable(step)+": "+time))
	c.Height += row
}
