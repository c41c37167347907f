package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// descent is changes that replace the same operators by the same.
type descent struct {
	reports.Became
	times int
}

// descents groups changes, the most frequent first.
func descents(changes []reports.Became) []descent {
	var list []descent
	at := map[string]int{}
	for _, b := range changes {
		key := tally(b.FromOpTypes) + "→" + tally(b.ToOpTypes)
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, descent{Became: b})
		}
		list[i].times++
	}
	slices.SortStableFunc(list, func(a, b descent) int { return b.times - a.times })
	return list
}

// diff draws which operators became which, and lists which nodes did.
func diff(f *reports.Fuse) (chart, bool) {
	all := descents(f.Became)
	shown := all[:min(len(all), mostKinds)]
	c := chart{
		Title:  "Which nodes became which",
		Desc:   fmt.Sprintf("A square is a node. On the left those of the model as trained, on the right what is there in their place. Shown: %s.", of(len(shown), len(all), "kind")),
		Legend: []legend{{"candidate", "Conv"}, {"trained", batchNorm}, {"baseline", "Add"}, {"", "other"}},
		Table:  newTable("these nodes", "became", "by"),
	}
	const height = 4.2 * lineHeight
	c.Height = height*float64(len(shown)) + 4
	for i, d := range shown {
		c.drawDescent(d, height*float64(i))
	}
	by := passesBy(f)
	for _, b := range f.Became[:min(len(f.Became), mostBlocks)] {
		became := named(b.To, b.ToOpTypes)
		if len(b.To) == 0 {
			became = "nothing, they are gone"
		}
		c.Table.Rows = append(c.Table.Rows, []string{named(b.From, b.FromOpTypes), became, strings.Join(by(b), ", ")})
	}
	c.more(len(f.Became) - mostBlocks)
	return c, len(shown) > 0
}

func (c *chart) drawDescent(d descent, y float64) {
	from, to := tally(d.FromOpTypes), tally(d.ToOpTypes)
	if to == "" {
		to = "nothing"
	}
	c.add(text("name", "start", inset, y+12, human.Clip(fmt.Sprintf("%d × %s", d.times, from), 56)))
	c.add(text("name", "start", inset, y+12+lineHeight, human.Clip("→ "+to, 56)))
	x := c.squares(inset, y+35, d.FromOpTypes, from)
	c.add(text("name", "start", x+3, y+44, "→"))
	c.squares(x+20, y+35, d.ToOpTypes, to)
}

// squares draws a square for each node, as far as there is room, and returns where they end.
func (c *chart) squares(x, y float64, opTypes []string, hint string) float64 {
	const side, most = 10.0, 18
	for i, op := range layersFirst(opTypes) {
		if i == most {
			rest := fmt.Sprintf("+%d", len(opTypes)-most)
			c.add(text("name", "start", x+2, y+side, rest))
			return x + 8 + 7*float64(len(rest))
		}
		class := "other"
		switch op {
		case "Conv":
			class = "candidate"
		case batchNorm:
			class = "trained"
		case "Add":
			class = "baseline"
		}
		c.add(box(class, x, y, side-2, side, human.Clip(hint, 200)))
		x += side
	}
	return x
}

// layersFirst puts convolutions first, then batch normalisations and sums, then the others by their names.
func layersFirst(opTypes []string) []string {
	rank := func(op string) int {
		if i := slices.Index([]string{"Conv", batchNorm, "Add"}, op); i >= 0 {
			return i
		}
		return 3
	}
	return slices.SortedFunc(slices.Values(opTypes), func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// tally counts operators: "3 Conv, 3 BatchNormalization, 2 Add".
func tally(opTypes []string) string {
	count := map[string]int{}
	for _, op := range opTypes {
		count[op]++
	}
	var parts []string
	for _, op := range slices.Compact(layersFirst(opTypes)) {
		parts = append(parts, fmt.Sprintf("%d %s", count[op], human.Printable(op)))
	}
	return strings.Join(parts, ", ")
}

// named lists nodes with their operators.
func named(names, opTypes []string) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = n
		if i < len(opTypes) {
			words[i] += " (" + opTypes[i] + ")"
		}
	}
	return human.Clip(human.Printable(strings.Join(words, ", ")), 600)
}

// passesBy finds the passes that made a change: those whose rewrites are of its nodes, or of the sum that they are terms of.
func passesBy(f *reports.Fuse) func(reports.Became) []string {
	of, blocks := map[string][]string{}, map[string]string{}
	for _, w := range f.Rewrites {
		if !slices.Contains(of[w.Node], w.Pass) {
			of[w.Node] = append(of[w.Node], w.Pass)
		}
	}
	for _, l := range f.Before.Layers {
		blocks[l.Name] = l.Block
	}
	return func(b reports.Became) []string {
		var passes []string
		for _, name := range b.From {
			for _, p := range slices.Concat(of[name], of[blocks[name]]) {
				if !slices.Contains(passes, p) {
					passes = append(passes, p)
				}
			}
		}
		return passes
	}
}
