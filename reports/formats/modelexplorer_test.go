package formats_test

import (
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// TestModelExplorerTellsWhatBecameOfEachNode, by the very name that the model has.
func TestModelExplorerTellsWhatBecameOfEachNode(t *testing.T) {
	var read struct {
		Results map[string]struct {
			Value      string `json:"value"`
			Background string `json:"bgColor"`
		} `json:"results"`
	}
	r := reporttest.Hostile()
	if err := json.Unmarshal([]byte(reporttest.Rendered(t, "modelexplorer", false, r)), &read); err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]string{
		reporttest.HostileNode:                           "refused: misaligned, 7.00 µs",
		reporttest.HostileSteer:                          "refused: shared_output",
		reporttest.HostileSteer + reporttest.HostileNode: "fused: fold_batchnorm",
		"/conv/BatchNormalization":                       "fused: fuse_branches",
	} {
		if got := read.Results[node]; got.Value != want || got.Background == "" {
			t.Errorf("%q is %v, want %s", node, got, want)
		}
	}
	r.Fuse = nil
	if got := reporttest.Rendered(t, "modelexplorer", false, r); got != "{\n  \"results\": {},\n  \"showExpandedSummaryOnGroupNode\": true\n}\n" {
		t.Errorf("without rewrites it is %s", got)
	}
}

// TestModelExplorerTellsTimes of the model as trained; a convolution that took in what follows it stands with the last of them.
func TestModelExplorerTellsTimes(t *testing.T) {
	var read struct {
		Results map[string]struct{ Value string } `json:"results"`
	}
	r := reporttest.Whole()
	for i := range r.Arms {
		r.Arms[i].Plan = &backends.Plan{Steps: []backends.Step{
			{Name: "/a/Conv_output_0_nchwc", Nanoseconds: 2000 * int64(i)},
			{Name: "/a/Conv", Nanoseconds: 1000},
			{Name: "/b/Relu", Nanoseconds: 400},
			{Name: "/c/Add"},
			{Name: "/conv/BatchNormalization_output_0_nchwc", Nanoseconds: 5000},
		}}
	}
	if err := json.Unmarshal([]byte(reporttest.Rendered(t, "modelexplorer", false, r)), &read); err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]string{"/a/Conv": "7.00 µs", "/b/Relu": "400 ns", "/c/Add": "", "/conv/BatchNormalization": "fused: fuse_branches, 5.00 µs"} {
		if got := read.Results[node].Value; got != want {
			t.Errorf("%s is %q, want %q", node, got, want)
		}
	}
}
