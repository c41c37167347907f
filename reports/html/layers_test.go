package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// Each model but the copy of the baseline has its slowest layers as bars, the others as one, and all of them in a table.
func TestPageShowsTheTimeOfLayers(t *testing.T) {
	r := reporttest.Whole()
	for i := range r.Arms {
		plan := &backends.Plan{}
		for k := range 20 {
			plan.Steps = append(plan.Steps, backends.Step{Name: fmt.Sprintf("/conv%d", k), Op: "Conv", Nanoseconds: int64(1000 * k)})
		}
		r.Arms[i].Plan = plan
	}
	page := render(t, r)
	for want, times := range map[string]int{
		"Time by layer of fused: ort cpu": 3, "Time by layer of baseline: ort cpu": 3, "Time by layer of as trained: ort cpu": 3,
		`class="candidate" x="14" y="15" width="312" height="6"><title>/conv19: 19.0 µs, 10.0 %`: 1, ">12 more layers</text>": 3, ">66.0 µs, 34.7 %</text>": 3,
		"<td>/conv0</td><td>Conv</td><td class=\"n\">–</td><td class=\"n\">–</td>": 3, `width="197.1" height="6"><title>/conv12: 12.0 µs, 6.3 %`: 3, "<title>/conv11": 0,
	} {
		// The title of a picture stands above it, in it and with its table.
		if got := strings.Count(page, want); got != times {
			t.Errorf("%q is there %d times, want %d", want, got, times)
		}
	}
	r.Arms[0].Plan, r.Arms[1].Plan, r.Arms[2].Plan, r.Arms[3].Plan = nil, nil, nil, nil
	if strings.Contains(render(t, r), "Where does the time go?") {
		t.Error("a picture shows times that are not known")
	}
}

// The page stays small however many layers a network has, and says what it leaves out.
func TestPageOfManyLayers(t *testing.T) {
	page := render(t, reporttest.ManyNodes())
	if !strings.Contains(page, "1750 more layers, in report.json") {
		t.Error("it is not said what is left out")
	}
	if len(page) > 3<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
}
