package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// strips draws the nodes of each model as a strip, parted by operator.
func strips(r *reports.Report) chart {
	c := chart{
		Title:  "The nodes of each model",
		Desc:   "A strip is as long as the model has nodes, and parted by what they are. The report is of an earlier version, which lists no layers.",
		Legend: []legend{{"candidate", "Conv"}, {"trained", "BatchNormalization"}, {"baseline", "Add"}, {"", "other"}},
		Table:  newTable("model", ">nodes", ">Conv", ">BatchNormalization", ">Add", ">other"),
	}
	models := []struct {
		name string
		reports.Graph
	}{{"as trained", r.Fuse.Before.Graph}, {"fused", r.Fuse.After.Graph}}
	if r.Baseline != nil {
		models = append(models, struct {
			name string
			reports.Graph
		}{"baseline", r.Baseline.Graph})
	}
	most := 1
	for _, m := range models {
		most = max(most, m.Nodes)
	}
	const row = 2.3 * lineHeight
	c.Height = row*float64(len(models)) + 4
	for i, m := range models {
		y, x := row*float64(i), inset
		cells := []string{m.name, human.Thousands(int64(m.Nodes))}
		c.add(text("name", "start", inset, y+12, fmt.Sprintf("%s: %s", m.name, human.Count(m.Nodes, "node"))))
		other := m.Nodes
		for _, op := range [][2]string{{"Conv", "candidate"}, {"BatchNormalization", "trained"}, {"Add", "baseline"}, {"other", "other"}} {
			n := m.Ops[op[0]]
			if other -= n; op[0] == "other" {
				n = max(other, 0)
			}
			width := float64(n) / float64(most) * (chartWidth - 2*inset)
			c.add(box(op[1], x, y+lineHeight+2, width, lineHeight-2, fmt.Sprintf("%d %s", n, op[0])))
			x += width
			cells = append(cells, human.Thousands(int64(n)))
		}
		c.Table.Rows = append(c.Table.Rows, cells)
	}
	return c
}

// kind is blocks that look alike and met the same fate.
type kind struct {
	reports.Block
	nodes []string
}

// kinds folds blocks, and the nodes that were left by themselves, in their order.
func kinds(f *reports.Fuse) []kind {
	all := f.Blocks()
	for _, r := range f.Refusals {
		if r.Branches == nil {
			all = append(all, reports.Block{Node: r.Node, Family: r.Pass, Reason: r.Reason, Detail: r.Detail})
		}
	}
	var list []kind
	at := map[string]int{}
	for _, b := range all {
		key := fmt.Sprintf("%s\x00%q\x00%t\x00%s", b.Family, b.Branches, b.Fused, b.Reason)
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, kind{Block: b})
		}
		list[i].nodes = append(list[i].nodes, b.Node)
	}
	return list
}

func blocks(f *reports.Fuse) (chart, bool) {
	all := kinds(f)
	// What was left comes first: it is what there is to do.
	slices.SortStableFunc(all, func(a, b kind) int { return ordinal(a.Fused) - ordinal(b.Fused) })
	shown := all[:min(len(all), mostKinds)]
	c := chart{
		Title: "Blocks: as trained, and what came of them",
		Desc: fmt.Sprintf("On the left the branches of a block with the sizes of their kernels, on the right what came of it. Blocks that are alike are one row. Shown: %s.",
			of(len(shown), len(all), "kind")),
		Legend: []legend{{"good", "fused"}, {"unknown", "left as it was"}},
		Table:  newTable("node", "block", "branches", "became", "why, and what to do"),
	}
	const row = 2.9 * lineHeight
	c.Height = row*float64(len(shown)) + 4
	for i, k := range shown {
		c.drawKind(k, row*float64(i))
	}
	told := 0
	for _, k := range all {
		for _, node := range k.nodes {
			if told++; told <= mostBlocks {
				c.Table.Rows = append(c.Table.Rows, k.cells(node))
			}
		}
	}
	if told > mostBlocks {
		c.Table.Rows = append(c.Table.Rows, []string{fmt.Sprintf("… and %s more in report.json", human.Thousands(int64(told-mostBlocks))), "", "", "", ""})
	}
	return c, len(shown) > 0
}

func (k kind) cells(node string) []string {
	became, detail := "one convolution", ""
	if !k.Fused {
		became, detail = "left", k.Reason+": "+k.Detail
	}
	cells := []string{node, k.Family, strings.Join(k.Branches, ", "), became, detail}
	for i, cell := range cells {
		cells[i] = human.Clip(human.Printable(cell), 200)
	}
	return cells
}

// drawKind draws a block between two names: its branches as boxes, an arrow, and what came of it.
func (c *chart) drawKind(k kind, y float64) {
	const left, right, gap = 200.0, 222.0, 3.0
	class, became := "good", "one convolution"
	if !k.Fused {
		class, became = "unknown", "left: "+k.Reason
	}
	name := k.Family
	if n := len(k.nodes); n > 1 {
		name = fmt.Sprintf("%s × %d, first %s", k.Family, n, k.Node)
	} else {
		name += ", " + k.Node
	}
	c.add(text("name", "start", inset, y+12, human.Clip(human.Printable(name), 54)))
	branches := k.Branches
	if len(branches) == 0 {
		branches = []string{"the node"}
	}
	if len(branches) > mostBranches {
		branches = append(slices.Clone(branches[:mostBranches-1]), fmt.Sprintf("+%d", len(branches)-mostBranches+1))
	}
	width := (left-inset)/float64(len(branches)) - gap
	top := y + lineHeight + 2
	for i, b := range branches {
		x := inset + float64(i)*(width+gap)
		b = human.Printable(b)
		c.add(box("block "+class, x, top, width, 20, b), text("inside", "middle", x+width/2, top+14, human.Clip(b, max(int(width/6.5), 1))))
	}
	c.add(text("name", "middle", (left+right)/2, top+14, "→"))
	c.add(box("block "+class, right, top, chartWidth-inset-right, 20, human.Printable(became)),
		text("inside", "middle", (right+chartWidth-inset)/2, top+14, human.Clip(human.Printable(became), 16)))
}
