package html_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// Units that are not complete take no part; an arm without runs has no line.
func TestSpreadCountsWhatIsComplete(t *testing.T) {
	r := reporttest.Whole()
	if page := render(t, r); !strings.Contains(page, "<td>baseline</td><td class=\"n\">4</td>") {
		t.Error("the table does not say how many runs there are")
	}
	for i := range r.Arms {
		r.Arms[i].Units[0].Complete, r.Arms[i].Quantiles = false, nil
	}
	if page := render(t, r); strings.Contains(page, "How are the runs spread?") || strings.Contains(page, "Did the times stay the same?") {
		t.Error("a picture of runs that do not count")
	}
}
