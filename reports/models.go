package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

const hexDigits = 12 // of a digest that are shown

// models shows the files, and how to tell them from others.
func (r *Report) models() (Section, bool) {
	t := newTable("model", "file", ">size", "sha256")
	row := func(name string, f *File) {
		if f != nil {
			t.add(name, f.Path, human.Bytes(f.Bytes), short(f.SHA256))
		}
	}
	before, after := r.names()
	switch {
	case r.Fuse != nil:
		row(before, &r.Fuse.Input)
		row(after, r.Fuse.Output)
	case r.Verify != nil:
		row(before, r.Verify.Before)
		row(after, r.Verify.After)
	}
	s := Section{Title: "Models", Table: t}
	if r.Baseline != nil {
		row("baseline", &r.Baseline.File)
		if r.Baseline.Made != "" {
			s.Notes = []string{"The baseline was " + r.Baseline.Made + "."}
		}
	}
	return s, len(t.Rows) > 0
}

// names says how the models whose answers were compared are called.
func (r *Report) names() (before, after string) {
	if r.Fuse != nil {
		return "as trained", "fused"
	}
	return "first", "second"
}

// short is the beginning of a digest.
func short(digest string) string { return digest[:min(len(digest), hexDigits)] }

// operators compares what the models consist of, most frequent operators first.
func (r *Report) operators() (Section, bool) {
	if r.Fuse == nil {
		return Section{}, false
	}
	headers, graphs := []string{"operator", ">as trained", ">fused"}, []Graph{r.Fuse.Before.Graph, r.Fuse.After.Graph}
	if r.Baseline != nil {
		headers, graphs = append(headers, ">baseline"), append(graphs, r.Baseline.Graph)
	}
	most := map[string]int{}
	for _, g := range graphs {
		for op, n := range g.Ops {
			most[op] = max(most[op], n)
		}
	}
	ops := slices.SortedFunc(maps.Keys(most), func(a, b string) int {
		return cmp.Or(cmp.Compare(most[b], most[a]), cmp.Compare(a, b))
	})
	t := newTable(headers...)
	line := func(name string, of func(Graph) int64) {
		cells := []string{name}
		for _, g := range graphs {
			cells = append(cells, orDash(of(g)))
		}
		t.add(cells...)
	}
	for _, op := range ops {
		line(op, func(g Graph) int64 { return int64(g.Ops[op]) })
	}
	line("all nodes", func(g Graph) int64 { return int64(g.Nodes) })
	line("parameters", func(g Graph) int64 { return g.Parameters })
	s := Section{Title: "Operators", Table: t}
	if r.Baseline != nil {
		s.Notes = []string{againstBaseline(r.Fuse.After.Ops, r.Baseline.Ops)}
	}
	return s, true
}

// againstBaseline says whether the fused model has the operators of the baseline.
func againstBaseline(fused, baseline map[string]int) string {
	all := map[string]int{}
	maps.Copy(all, baseline)
	maps.Copy(all, fused)
	var more, fewer []string
	for _, op := range slices.Sorted(maps.Keys(all)) {
		switch n := fused[op] - baseline[op]; {
		case n > 0:
			more = append(more, fmt.Sprintf("%d %s more", n, op))
		case n < 0:
			fewer = append(fewer, fmt.Sprintf("%d %s fewer", -n, op))
		}
	}
	switch {
	case len(more) > 0:
		return "Beside the baseline, the fused model has " + strings.Join(append(more, fewer...), ", ") + "."
	case len(fewer) > 0:
		return "The fused model has no operator that the baseline has not, and " + strings.Join(fewer, ", ") + "."
	}
	return "The fused model has exactly the operators of the baseline."
}
