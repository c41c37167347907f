package diff

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

var _ reports.Document = (*Diff)(nil)

// What a page shows at most: the document has all.
const (
	mostRows = 200
	mostCell = 110 // characters
)

// Heading is the title of the page, and what it comes to.
func (d *Diff) Heading() (title, word string) {
	if d.Same {
		return "acdeploy diff", "No difference"
	}
	return "acdeploy diff", fmt.Sprintf("%d → %s", d.Before.Nodes, human.Count(d.After.Nodes, "node"))
}

// Page implements [reports.Document].
func (d *Diff) Page() reports.Page {
	p := reports.Page{Result: d.result()}
	for _, s := range []*reports.Section{
		d.became("Blocks that became one node", d.Blocks), d.became("Nodes that became others", d.Became),
		d.only("Nodes that are gone", d.Gone), d.only("Nodes that are new", d.Added),
		changes("Nodes that read otherwise", "node", d.Changed), d.numbers(),
		changes("Inputs and outputs", "", d.Interface), changes("Metadata", "", d.Metadata),
	} {
		if s != nil {
			p.Evidence = append(p.Evidence, *s)
		}
	}
	return p
}

// result says the differences in numbers.
func (d *Diff) result() *reports.Section {
	s := &reports.Section{Lead: []string{human.Printable(fmt.Sprintf("What became of %s in %s.", d.First.Path, d.Second.Path))}}
	if d.Same {
		s.Lead = append(s.Lead, "No difference: the graphs, the initializers, the inputs and outputs, and the metadata are the same.")
		return s
	}
	how := "The passes make the second model of the first, number by number."
	if d.MatchedBy == ByNames {
		how = "The passes do not make the second model of the first: values of one name are taken for the same."
	}
	s.Lead = append(s.Lead, how)
	for _, program := range d.NotStarted {
		s.Lead = append(s.Lead, human.Printable(fmt.Sprintf("%s is one of the passes, and no program is started here: what it did is told by names alone.", program)))
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{len(d.Blocks), "block"},
		{len(d.Became), "other change of nodes"},
		{len(d.Gone), "node gone"},
		{len(d.Added), "node new"},
		{len(d.Changed), "attribute or input of a node"},
		{len(d.Initializers), "initializer"},
		{len(d.Interface), "input or output"},
		{len(d.Metadata), "entry of the metadata"},
	} {
		if p.n > 0 {
			parts = append(parts, counted(p.n, p.what))
		}
	}
	s.Items = append(s.Items, fmt.Sprintf("%d → %s, %s → %s parameters", d.Before.Nodes, human.Count(d.After.Nodes, "node"),
		human.Thousands(d.Before.Parameters), human.Thousands(d.After.Parameters)))
	s.Items = append(s.Items, parts...)
	return s
}

// counted is a number of things in words.
func counted(n int, what string) string {
	plural := map[string]string{
		"block": "blocks became one node each", "other change of nodes": "other changes of nodes", "node gone": "nodes are gone", "node new": "nodes are new",
		"attribute or input of a node": "attributes or inputs of nodes differ", "initializer": "initializers differ", "input or output": "inputs or outputs differ",
		"entry of the metadata": "entries of the metadata differ",
	}
	if n > 1 {
		return fmt.Sprintf("%d %s", n, plural[what])
	}
	one := map[string]string{
		"block": "block became one node", "other change of nodes": what, "node gone": "node is gone", "node new": "node is new",
	}
	return fmt.Sprintf("1 %s", cmp.Or(one[what], what+" differs"))
}

// section makes a section of rows; nil for none.
func section(title string, rows [][]string, columns ...reports.Column) *reports.Section {
	if len(rows) == 0 {
		return nil
	}
	s := &reports.Section{Title: title, Table: &reports.Table{Columns: columns}}
	for _, row := range rows[:min(len(rows), mostRows)] {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = human.Clip(human.Printable(c), mostCell)
		}
		s.Table.Rows = append(s.Table.Rows, cells)
	}
	if more := len(rows) - mostRows; more > 0 {
		s.Notes = []string{fmt.Sprintf("%d more are in the JSON document.", more)}
	}
	return s
}

func (d *Diff) became(title string, list []reports.Became) *reports.Section {
	var rows [][]string
	for _, b := range list {
		rows = append(rows, []string{named(b.From), kinds(b.FromOpTypes), named(b.To), kinds(b.ToOpTypes)})
	}
	return section(title, rows, reports.Column{Title: "nodes"}, reports.Column{Title: "operators"}, reports.Column{Title: "became"}, reports.Column{Title: "operators"})
}

// named is the first of some nodes, and how many more there are.
func named(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[len(names)-1], len(names)-1)
}

// kinds counts operators: "3 Conv, 2 Add".
func kinds(opTypes []string) string {
	count, order := map[string]int{}, []string{}
	for _, op := range opTypes {
		if count[op]++; count[op] == 1 {
			order = append(order, op)
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	for i, op := range order {
		order[i] = fmt.Sprintf("%d %s", count[op], op)
	}
	return strings.Join(order, ", ")
}

func (d *Diff) only(title string, list []Node) *reports.Section {
	var rows [][]string
	for _, n := range list {
		rows = append(rows, []string{n.Name, n.OpType})
	}
	return section(title, rows, reports.Column{Title: "node"}, reports.Column{Title: "operator"})
}

func changes(title, what string, list []Change) *reports.Section {
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{c.What, cmp.Or(c.First, "–"), cmp.Or(c.Second, "–")})
	}
	return section(title, rows, reports.Column{Title: what}, reports.Column{Title: "first"}, reports.Column{Title: "second"})
}

// numbers lists initializers that both models have, those that changed most first, and counts the others.
func (d *Diff) numbers() *reports.Section {
	list := slices.Clone(d.Initializers)
	slices.SortStableFunc(list, func(a, b Initializer) int { return cmp.Compare(b.far(), a.far()) })
	var rows [][]string
	count := map[string]int{}
	for _, i := range list {
		count[i.Change]++
		row := []string{i.Name, i.First, "all", "", ""}
		switch i.Change {
		case Form:
			row[1] = i.First + " → " + i.Second
		case Numbers:
			row[2] = fmt.Sprintf("%s of %s", human.Thousands(int64(i.Elements)), human.Thousands(int64(i.Of)))
		default:
			continue
		}
		if i.MaxAbs != nil {
			row[3], row[4] = fmt.Sprintf("%.3g", float64(*i.MaxAbs)), fmt.Sprintf("%.3g", float64(*i.MaxRel))
		}
		rows = append(rows, row)
	}
	s := section("Initializers that changed", rows, reports.Column{Title: "initializer"}, reports.Column{Title: "form"}, reports.Column{Title: "elements"},
		reports.Column{Title: "largest", Numbers: true}, reports.Column{Title: "relative", Numbers: true})
	var others strings.Builder
	for _, c := range []struct{ change, word string }{{Gone, "gone"}, {Added, "new"}} {
		if n := count[c.change]; n > 0 {
			fmt.Fprintf(&others, "%s %s. ", human.Count(n, "initializer"), map[bool]string{true: "is " + c.word, false: "are " + c.word}[n == 1])
		}
	}
	if others.Len() == 0 {
		return s
	}
	if s == nil {
		s = &reports.Section{Title: "Initializers"}
	}
	s.Notes = append(s.Notes, others.String()+"The JSON document lists them.")
	return s
}

// far is how far an initializer changed; what has no numbers comes first.
func (i Initializer) far() float64 {
	if i.MaxRel == nil || math.IsNaN(float64(*i.MaxRel)) {
		return math.Inf(1)
	}
	return float64(*i.MaxRel)
}
