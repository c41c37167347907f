package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// column is one model of the strip: its name and where it stands.
type column struct {
	name     string
	x, width float64
	layers   func(*row) []reports.Layer
	graph    reports.Graph
}

func columns(r *reports.Report) []column {
	list := []column{
		{"as trained", 18, 140, func(r *row) []reports.Layer { return r.trained }, r.Fuse.Before.Graph},
		{"fused", 174, 72, func(r *row) []reports.Layer { return r.fused }, r.Fuse.After.Graph},
	}
	if r.Baseline != nil {
		list = append(list, column{"baseline", 254, 72, func(r *row) []reports.Layer { return r.baseline }, r.Baseline.Graph})
	}
	return list
}

const (
	captionHeight = 14.0
	blockHeight   = 18.0
	rowHeight     = captionHeight + blockHeight + 8
)

// strip draws the models side by side, layer by layer.
func strip(r *reports.Report) chart {
	list, cols := rows(r), columns(r)
	all := folded(list)
	c := chart{
		Title: "The network, layer by layer",
		Table: newTable("what became of it"),
	}
	for _, col := range cols {
		c.Table.Columns = append(c.Table.Columns, reports.Column{Title: col.name})
		c.add(text("name", "start", col.x, 12, col.name))
	}
	c.Table.Columns = append(c.Table.Columns, reports.Column{Title: "how, or why not and what to do"})
	for _, f := range fates() {
		if slices.ContainsFunc(list, func(r *row) bool { return r.fate() == f }) {
			c.Legend = append(c.Legend, legend{f.class, f.sign + ": " + f.word})
		}
	}
	y, drawn := lineHeight+4, 0
	for _, f := range all {
		if drawn+len(f.rows) > mostRows && drawn > 0 {
			break
		}
		drawn += len(f.rows)
		y = c.drawFold(f, cols, y)
	}
	c.Height = c.drawRest(cols, y)
	c.Desc = fmt.Sprintf("A box is a layer, with the size of its kernel; BN is a batch normalisation. What stands in one row is one place of the network. A stage that repeats is drawn once. Shown: %s.",
		of(drawn, length(all), "row"))
	c.tabulate(list, cols)
	return c
}

// drawFold draws rows once, and beside them how often they come; it returns where the next ones begin.
func (c *chart) drawFold(f fold, cols []column, y float64) float64 {
	if f.times > 1 {
		what := fmt.Sprintf("× %d", f.times)
		if len(f.rows) > 1 {
			what += fmt.Sprintf(", these %d rows", len(f.rows))
		}
		c.add(text("name", "start", 18, y+11, what))
		c.add(line("one", 4, y+16, 4, y+16+float64(len(f.rows))*rowHeight-6))
		y += lineHeight
	}
	for i, r := range f.rows {
		c.drawRow(r, caption(f.like(i)), cols, y)
		y += rowHeight
	}
	return y
}

func (c *chart) drawRow(r *row, caption string, cols []column, y float64) {
	is := r.fate()
	c.add(text("tick", "start", 18, y+10, human.Clip(human.Printable(caption), 56)))
	y += captionHeight
	c.add(text("inside", "middle", 11, y+13, is.sign))
	for k, col := range cols {
		list := col.layers(r)
		class := is.class
		if k == 2 {
			class = "plain"
		}
		c.drawLayers(list, r, col, "block "+class, y)
		if k == 1 && len(r.trained) > 0 && len(list) > 0 {
			c.add(text("inside", "middle", (cols[0].x+cols[0].width+col.x)/2, y+13, "→"))
		}
	}
	if len(r.trained) == 0 && len(r.fused) == 0 && len(r.left) > 0 {
		width := cols[1].x + cols[1].width - cols[0].x
		c.add(box("block "+is.class, cols[0].x, y, width, blockHeight, hint(r)))
		c.add(text("inside", "middle", cols[0].x+width/2, y+13, human.Clip(human.Printable(r.left[0].Node), 36)))
	}
}

// drawLayers draws the layers of one column: a box each, and one for the batch normalisations between them.
func (c *chart) drawLayers(list []reports.Layer, r *row, col column, class string, y float64) {
	words := boxes(list)
	if len(words) == 0 {
		return
	}
	const gap = 2.0
	width := (col.width - gap*float64(len(words)-1)) / float64(len(words))
	for i, w := range words {
		x := col.x + float64(i)*(width+gap)
		c.add(box(class, x, y, width, blockHeight, human.Clip(col.name+": "+w[1]+"\n"+hint(r), 600)))
		c.add(text("inside", "middle", x+width/2, y+13, human.Clip(w[0], max(int(width/5.5), 2))))
	}
}

// drawRest counts the nodes that are no layers, below the strip.
func (c *chart) drawRest(cols []column, y float64) float64 {
	c.add(text("tick", "start", 18, y+10, "all other nodes"))
	y += captionHeight
	for _, col := range cols {
		n, list := rest(col.graph)
		c.add(box("block plain", col.x, y, col.width, blockHeight, human.Clip(col.name+": "+list, 600)))
		c.add(text("inside", "middle", col.x+col.width/2, y+13, human.Thousands(int64(n))))
	}
	return y + blockHeight + 4
}

// tabulate lists every row, as far as there is room; those that were left first where there is none.
func (c *chart) tabulate(list []*row, cols []column) {
	if len(list) > mostBlocks {
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b *row) int { return ordinal(len(a.left) == 0) - ordinal(len(b.left) == 0) })
	}
	for _, r := range list[:min(len(list), mostBlocks)] {
		cells := []string{r.fate().word}
		for _, col := range cols {
			var layers []string
			for _, l := range col.layers(r) {
				layers = append(layers, describe(l))
			}
			cells = append(cells, human.Clip(strings.Join(layers, "; "), 400))
		}
		c.Table.Rows = append(c.Table.Rows, append(cells, human.Clip(strings.TrimLeft(how(r), "; "), 400)))
	}
	c.more(len(list) - mostBlocks)
	cells := []string{"other nodes"}
	for _, col := range cols {
		_, names := rest(col.graph)
		cells = append(cells, names)
	}
	c.Table.Rows = append(c.Table.Rows, append(cells, ""))
}

// more says how many rows the table has no room for.
func (c *chart) more(n int) {
	if n <= 0 {
		return
	}
	cells := make([]string, len(c.Table.Columns))
	cells[0] = fmt.Sprintf("… and %s more in report.json", human.Thousands(int64(n)))
	c.Table.Rows = append(c.Table.Rows, cells)
}
