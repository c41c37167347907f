package main

import (
	"strings"
	"testing"
)

// TestWildPage shows each model of a package, sums up the published ones, and names what is different or left out.
func TestWildPage(t *testing.T) {
	got := wildPage([]wildRow{
		{
			Group: groupPackages, Model: "p/m", Source: "p 1.0", Engine: "ONNX Runtime 1", Before: 9, After: 4, Passes: map[string]int{"fold_batchnorm": 2, "remove_unused": 7},
			Exits: map[string]int{"0": 5}, Proof: "algebra", Regions: 3, Compared: 3, Region: 2e-15, Exact: -1, OnEngine: 1e-6, Allowed: 4e-6,
		},
		{Group: groupCorpus, Model: "test_a", Exits: map[string]int{"5": 5}, Proof: "partial", Reasons: []string{"Foo is not known"}},
		{Group: groupCorpus, Model: "test_b", Exits: map[string]int{"3": 5}, Proof: "algebra", Alarms: []string{"value y by 1"}},
		{Group: groupZoo, Model: "c", Skipped: "it is broken"},
	})
	for _, want := range []string{
		"**4 models, 15 comparisons: 1 called a sound fusion different.**",
		"The packages: p 1.0.",
		"The engine is ONNX Runtime 1.",
		"| p/m | 9 → 4 | fold_batchnorm: 2 | algebra | 3 of 3 | 2.0e-15 | – | 1.0e-06 of 4.0e-06 | 0: 5 |",
		"| partial | 5: 5 | 1 |",
		"- test_b: value y by 1",
		"- test_a: Foo is not known",
		"- c: it is broken",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
}
