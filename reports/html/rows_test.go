package html

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/reports"
)

// change is nodes that became others, given as "a b -> c".
func change(s string) reports.Became {
	from, to, _ := strings.Cut(s, "->")
	b := reports.Became{From: strings.Fields(from), To: strings.Fields(to)}
	for range b.From {
		b.FromOpTypes = append(b.FromOpTypes, "Conv")
	}
	for range b.To {
		b.ToOpTypes = append(b.ToOpTypes, "Conv")
	}
	return b
}

// laid writes rows: their fate, then the layers of each model.
func laid(list []*row) string {
	var lines []string
	for _, r := range list {
		cells := []string{r.fate().sign}
		for _, layers := range [][]reports.Layer{r.trained, r.fused, r.baseline} {
			var names []string
			for _, l := range layers {
				names = append(names, l.Name)
			}
			cells = append(cells, strings.Join(names, " "))
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n")
}

func someNetwork() *reports.Report {
	inBlock := func(name, block string) reports.Layer {
		l := layer(name, "3×3", 8)
		l.Block = block
		return l
	}
	return &reports.Report{
		Fuse: &reports.Fuse{
			Before: reports.Network{Layers: []reports.Layer{
				layer("a", "3×3", 8), layer("a.bn", "BN", 8), layer("b", "1×1", 8), layer("b.bn", "BN", 8),
				inBlock("p", "sum"), layer("p.bn", "BN", 8), inBlock("q", "sum"), layer("q.bn", "BN", 8),
				inBlock("u", "other"), inBlock("v", "other"),
				layer("same", "3×3", 9), layer("n", "BN", 9),
			}},
			After: reports.Network{Layers: []reports.Layer{
				layer("ab", "3×3", 8), layer("p", "3×3", 8), layer("q", "3×3", 8), layer("u", "3×3", 8), layer("v", "3×3", 8),
				layer("new", "1×1", 8), layer("same", "3×3", 9), layer("n", "BN", 9),
			}},
			Became: []reports.Became{change("a a.bn b b.bn sum1 -> ab"), change("p p.bn -> p"), change("q q.bn -> q"), change("call -> new")},
			Rewrites: []reports.Rewrite{
				{Pass: "fold_batchnorm", Node: "a.bn"}, {Pass: "fold_batchnorm", Node: "b.bn"}, {Pass: "fuse_branches", Node: "sum1"}, {Pass: "fold_batchnorm", Node: "p.bn"},
			},
			Refusals: []reports.Refusal{
				{Pass: "fuse_branches", Node: "p", Reason: "costlier", Detail: "dear", Branches: []string{"3×3", "3×3"}},
				{Pass: "fuse_branches", Node: "other", Reason: "misaligned", Detail: "give both the same stride"},
				{Pass: "fold_batchnorm", Node: "n", Reason: "no_convolution", Detail: "there is none"},
				{Pass: "fold_pad", Node: "pad", Reason: "not_constant", Detail: "its pads are computed"},
			},
		},
		Baseline: &reports.Model{Network: reports.Network{Layers: []reports.Layer{layer("base", "3×3", 8), layer("base2", "3×3", 9)}}},
	}
}

// TestRows puts in one row what became one, and what is one block.
func TestRows(t *testing.T) {
	r := someNetwork()
	list := rows(r)
	want := strings.Join([]string{
		"F|a a.bn b b.bn|ab|base",
		"P|p p.bn q q.bn|p q|",
		"L|u v|u v|",
		"F||new|",
		"=|same|same|base2",
		"L|n|n|",
		"L|||",
	}, "\n")
	if diff := cmp.Diff(want, laid(list)); diff != "" {
		t.Fatal(diff)
	}
	if got := strings.Join(list[0].passes, " "); got != "fold_batchnorm fuse_branches" {
		t.Errorf("passes %s", got)
	}
	r.Baseline = nil
	if got := laid(rows(r)); strings.Contains(got, "base") || len(strings.Split(got, "\n")) != 7 {
		t.Errorf("without a baseline:\n%s", got)
	}
}

// Reports are read from files: nodes that changed and are no layers, or stand twice, cannot mislead a row into a crash.
func TestRowsOfOddReports(t *testing.T) {
	odd := &reports.Report{Fuse: &reports.Fuse{
		After:    reports.Network{Layers: []reports.Layer{layer("x", "3×3", 8), layer("x", "3×3", 8)}},
		Became:   []reports.Became{change("a -> x"), change("a -> x"), change("-> x"), change("a ->")},
		Refusals: []reports.Refusal{{Node: "nowhere"}},
		Rewrites: []reports.Rewrite{{Node: "nowhere"}},
	}}
	if got := laid(rows(odd)); got != "F||x x|\nL|||" {
		t.Errorf("got\n%s", got)
	}
	strip(odd)
	diff(odd.Fuse)
	empty := &reports.Report{Fuse: &reports.Fuse{Became: []reports.Became{{}}}}
	strip(empty)
	diff(empty.Fuse)
}
