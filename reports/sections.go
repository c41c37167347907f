package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

const (
	maxRefusals = 20 // shown; the rest is in the report
	hexDigits   = 12 // of a digest that are shown
)

// Page implements [Document]. Sections that have nothing to say are left out.
func (r *Report) Page() Page {
	var evidence []Section
	for _, section := range []func() (Section, bool){
		r.models, r.rewrites, r.refusals, r.operators, r.answers, r.topOne, r.latency, r.tails, r.costs, r.plans, r.controls, r.skipped,
	} {
		if s, ok := section(); ok {
			evidence = append(evidence, s)
		}
	}
	page := newPage(evidence...)
	if s, ok := r.conclusion(); ok {
		page = page.conclude(s)
	}
	return page
}

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
	if r.Baseline != nil {
		row("baseline", &r.Baseline.File)
	}
	return Section{Title: "Models", Table: t}, len(t.Rows) > 0
}

// names says how the models whose answers were compared are called.
func (r *Report) names() (before, after string) {
	if r.Fuse != nil {
		return "as trained", "fused"
	}
	return "first", "second"
}

func short(digest string) string { return digest[:min(len(digest), hexDigits)] }

func (r *Report) rewrites() (Section, bool) {
	f := r.Fuse
	if f == nil {
		return Section{}, false
	}
	s := Section{Title: "Rewrites"}
	rounds := human.Count(f.Rounds, "round")
	switch {
	case len(f.Rewrites) == 0:
		s.Lead = []string{"Nothing to rewrite was found."}
	case f.Converged:
		s.Lead = []string{fmt.Sprintf("%s in %s, until nothing was left to do.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	default:
		s.Lead = []string{fmt.Sprintf("%s in %s; a limit ended the run before everything was done.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	}
	s.Table = newTable("pass", ">rewrites", ">refusals", ">time")
	for _, p := range f.Passes {
		s.Table.add(p.Name, blankZero(p.Rewrites), blankZero(p.Refusals), human.Duration(p.Nanoseconds))
	}
	return s, true
}

func blankZero(n int) string {
	if n == 0 {
		return "–"
	}
	return human.Thousands(int64(n))
}

func (r *Report) refusals() (Section, bool) {
	if r.Fuse == nil || len(r.Fuse.Refusals) == 0 {
		return Section{}, false
	}
	s := Section{Title: "Left as it was, and why"}
	for i, f := range r.Fuse.Refusals {
		if i == maxRefusals {
			s.Items = append(s.Items, fmt.Sprintf("… and %d more, all of them in the report.", len(r.Fuse.Refusals)-i))
			break
		}
		s.Items = append(s.Items, fmt.Sprintf("%s: %s (%s, %s)", f.Node, f.Detail, f.Pass, f.Reason))
	}
	return s, true
}

// operators compares what the models consist of, most frequent operators first.
func (r *Report) operators() (Section, bool) {
	if r.Fuse == nil {
		return Section{}, false
	}
	headers, graphs := []string{"operator", ">as trained", ">fused"}, []Graph{r.Fuse.Before, r.Fuse.After}
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
			cells = append(cells, dashZero(of(g)))
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

func dashZero(n int64) string {
	if n == 0 {
		return "–"
	}
	return human.Thousands(n)
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

func (r *Report) skipped() (Section, bool) {
	s := Section{Title: "Not run"}
	seen := map[string]bool{}
	all := slices.Clone(r.Skipped)
	if r.Verify != nil {
		all = append(all, r.Verify.Skipped...)
	}
	for _, skip := range all {
		line := fmt.Sprintf("%s: %s.", engine(skip.Backend, skip.Provider), strings.TrimSuffix(skip.Reason, "."))
		if skip.Remedy != "" {
			line += fmt.Sprintf(" What to do: %s", skip.Remedy)
		}
		why := skip.Backend + ": " + skip.Reason // whichever provider
		if !seen[why] {
			s.Items = append(s.Items, line)
		}
		seen[why] = true
	}
	if r.Fuse != nil && r.Baseline == nil && r.isRun() {
		s.Items = append(s.Items, "baseline: none was given, so it is not shown that the fused model is as fast as the plain network. What to do: name the plain network as baseline.")
	}
	return s, len(s.Items) > 0
}

// engine names an engine: "ort cpu".
func engine(backend, provider string) string {
	if provider == "" || provider == backend {
		return backend
	}
	return backend + " " + provider
}
