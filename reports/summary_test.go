package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// TestSummary has a row for each model; several engines have one too, the models below them.
func TestSummary(t *testing.T) {
	r := reporttest.Whole()
	names := func() string {
		var all []string
		for _, row := range r.Page().Summary.Table.Rows {
			all = append(all, row[0])
		}
		return strings.Join(all, "|")
	}
	if got := r.Page().Summary.Title + ": " + names(); got != "Latency on ort cpu, batch 1, 1 thread: baseline|as trained|fused" {
		t.Error(got)
	}
	other := r.Arms[2]
	other.Setting, other.Batch = 1, 8
	r.Arms = append(r.Arms, other)
	if got := r.Page().Summary.Title + ": " + names(); got != "Latency: ort cpu, batch 1, 1 thread|  baseline|  as trained|  fused|ort cpu, batch 8, 1 thread|  fused" {
		t.Error(got)
	}
	if reports.New(nil, nil, nil).Page().Summary != nil {
		t.Error("nothing has a summary")
	}
}
