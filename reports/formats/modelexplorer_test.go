package formats_test

import (
	"encoding/json"
	"testing"

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
		reporttest.HostileNode:                           "refused: misaligned",
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
