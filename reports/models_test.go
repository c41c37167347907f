package reports

import (
	"strings"
	"testing"
)

func TestAgainstBaseline(t *testing.T) {
	base := map[string]int{"Conv": 19, "Constant": 1}
	for want, fused := range map[string]map[string]int{
		"The fused model has exactly the operators of the baseline.":                              {"Conv": 19, "Constant": 1},
		"The fused model has no operator that the baseline has not, and 1 Constant fewer.":        {"Conv": 19},
		"Beside the baseline, the fused model has 2 Add more, 1 Conv more, 1 Constant fewer.":     {"Conv": 20, "Add": 2},
		"The fused model has no operator that the baseline has not, and 1 Constant fewer, 19 Con": {},
	} {
		if got := againstBaseline(fused, base); !strings.HasPrefix(got, want) {
			t.Errorf("%v: %s, want %s", fused, got, want)
		}
	}
}

// The most frequent operator comes first, and what a model does not have is a dash.
func TestOperators(t *testing.T) {
	r := &Report{Fuse: &Fuse{
		Before: Network{Graph: Graph{Nodes: 4, Parameters: 1234, Ops: map[string]int{"Add": 1, "Conv": 3}}},
		After:  Network{Graph: Graph{Nodes: 1, Parameters: 12, Ops: map[string]int{"Conv": 1}}},
	}}
	s, ok := r.operators()
	if !ok {
		t.Fatal("no section")
	}
	var lines []string
	for _, row := range s.Table.Rows {
		lines = append(lines, strings.Join(row, " "))
	}
	if got, want := strings.Join(lines, "; "), "Conv 3 1; Add 1 –; all nodes 4 1; parameters 1 234 12"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A baseline that nobody exported is named as one.
func TestMadeBaseline(t *testing.T) {
	r := &Report{Baseline: &Model{File: File{Path: "plain.onnx"}}}
	if s, _ := r.models(); len(s.Notes) > 0 {
		t.Errorf("one that was exported: %v", s.Notes)
	}
	r.Baseline.Made = "made by acdeploy plain from 12, not exported"
	if s, ok := r.models(); !ok || len(s.Notes) != 1 || s.Notes[0] != "The baseline was made by acdeploy plain from 12, not exported." {
		t.Errorf("one that was made: %v", s.Notes)
	}
}
