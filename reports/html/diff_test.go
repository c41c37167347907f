package html_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// TestDiff names the nodes that became others, and the passes that did it: also the one that merged terms of a sum that stays.
func TestDiff(t *testing.T) {
	r := reporttest.Whole()
	r.Fuse.Rewrites = []reports.Rewrite{{Pass: "fold_batchnorm", Node: "a.bn"}, {Pass: "fuse_branches", Node: "residual"}}
	r.Fuse.Before.Layers = []reports.Layer{{Name: "a", OpType: "Conv", Block: "residual"}}
	r.Fuse.Became = []reports.Became{
		{From: []string{"unused"}, FromOpTypes: []string{"Relu"}},
		{From: []string{"a", "a.bn", "b"}, FromOpTypes: []string{"Conv", "BatchNormalization", "Conv"}, To: []string{"a"}, ToOpTypes: []string{"Conv"}},
		{From: []string{"c", "c.bn", "d"}, FromOpTypes: []string{"Conv", "BatchNormalization", "Conv"}, To: []string{"c"}, ToOpTypes: []string{"Conv"}},
	}
	figure := picture(t, render(t, r), "Which nodes became which")
	for _, want := range []string{
		">2 × 2 Conv, 1 BatchNormalization</text>", ">→ 1 Conv</text>", ">1 × 1 Relu</text>", ">→ nothing</text>",
		"<td>a (Conv), a.bn (BatchNormalization), b (Conv)</td><td>a (Conv)</td><td>fuse_branches, fold_batchnorm</td>",
		"<td>unused (Relu)</td><td>nothing, they are gone</td><td></td>",
	} {
		if !strings.Contains(figure, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	if strings.Index(figure, "2 × 2 Conv") > strings.Index(figure, "1 × 1 Relu") {
		t.Error("the most frequent change does not come first")
	}
	inside(t, figure)

	r.Fuse.Became = nil
	if strings.Contains(render(t, r), "Which nodes became which") {
		t.Error("changes are drawn where there are none")
	}
}

// Many nodes that became others do not make a long picture, nor a long table.
func TestDiffOfLargeChanges(t *testing.T) {
	r := reporttest.Whole()
	r.Fuse.Became = nil
	for range 600 {
		b := reports.Became{To: []string{"all"}, ToOpTypes: []string{"Conv"}}
		for range 600 {
			b.From, b.FromOpTypes = append(b.From, "/a/long/name/of/a/node"), append(b.FromOpTypes, "Conv")
		}
		r.Fuse.Became = append(r.Fuse.Became, b)
	}
	page := render(t, r)
	figure := picture(t, page, "Which nodes became which")
	inside(t, figure)
	if !strings.Contains(figure, "582</text>") || !strings.Contains(figure, "… and 100 more in report.json") {
		t.Error("the picture does not say what it leaves out")
	}
	if most := 1 << 20; len(page) > most {
		t.Errorf("the page takes %d bytes", len(page))
	}
}
