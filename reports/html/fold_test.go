package html

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// Each letter is a row; a stage that repeats is written once, with how often.
func TestFolds(t *testing.T) {
	for list, want := range map[string]string{
		"":            "",
		"a":           "a",
		"abc":         "a b c",
		"aaaa":        "4(a)",
		"xababab":     "x 3(ab)",
		"aabaabc":     "2(aab) c",
		"abbabbabbz":  "3(abb) z",
		"aaaabbbbaab": "4(a) 4(b) 2(a) b",
	} {
		var rows []*row
		for _, c := range list {
			rows = append(rows, &row{passes: []string{string(c)}})
		}
		var got []string
		for _, f := range folds(rows, func(r *row) string { return r.passes[0] }) {
			s := ""
			for _, r := range f.rows {
				s += r.passes[0]
			}
			if f.times > 1 {
				s = fmt.Sprintf("%d(%s)", f.times, s)
			}
			if len(f.all) != f.times*len(f.rows) || len(f.like(0)) != f.times {
				t.Errorf("%s: %d rows stand for %d", list, len(f.rows), len(f.all))
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", list, s, want)
		}
	}
}

// Rows of growing channels are told apart while they are few.
func TestFoldedByChannels(t *testing.T) {
	growing := func(n int) []*row {
		var list []*row
		for i := range n {
			list = append(list, &row{fused: []reports.Layer{layer("l", "3×3", int64(i+1))}})
		}
		return list
	}
	if got := folded(growing(mostAlike)); len(got) != mostAlike {
		t.Errorf("%d folds", len(got))
	}
	got := folded(growing(mostAlike + 1))
	if len(got) != 1 || got[0].times != mostAlike+1 {
		t.Fatalf("%d folds", len(got))
	}
	if c := caption(got[0].like(0)); c != "Conv 8 → 1–31" {
		t.Errorf("caption %q", c)
	}
}

// What became of rows is part of their look.
func TestLookTellsFates(t *testing.T) {
	l := []reports.Layer{layer("l", "3×3", 8)}
	looks := []string{}
	for _, r := range []*row{
		{trained: l, fused: l},
		{trained: l, fused: l, became: []reports.Became{{}}},
		{trained: l, fused: l, left: []reports.Refusal{{Reason: "a"}}},
		{trained: l, fused: l, left: []reports.Refusal{{Reason: "b"}}},
		{trained: l, fused: l, baseline: l},
		{trained: l},
		{fused: l},
	} {
		looks = append(looks, look(r, true))
	}
	slices.Sort(looks)
	if len(slices.Compact(looks)) != 7 {
		t.Errorf("%q", looks)
	}
}
