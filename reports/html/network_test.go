package html_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// withoutLayers is a report as earlier versions wrote it.
func withoutLayers() *reports.Report {
	r := reporttest.Whole()
	r.Fuse.Before.Layers, r.Fuse.After.Layers, r.Baseline.Layers, r.Fuse.Became = nil, nil, nil, nil
	return r
}

// TestNetworkOfEarlierReports counts nodes where no layers are listed, and says why.
func TestNetworkOfEarlierReports(t *testing.T) {
	page := render(t, withoutLayers())
	wellFormed(t, page)
	if strings.Contains(page, layerByLayer) || !strings.Contains(page, "The report is of an earlier version, which lists no layers.") {
		t.Error("an earlier report is not drawn by counts")
	}
	r := reporttest.Whole()
	r.Baseline.Layers = nil
	if page := render(t, r); !strings.Contains(page, layerByLayer) || strings.Contains(page, "earlier version") {
		t.Error("layers are not drawn where the baseline lists none")
	}
}
