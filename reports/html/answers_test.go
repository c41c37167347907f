package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
	"github.com/acdeploy/acdeploy/verify"
)

// What is off comes first, an error that is no number is drawn, and many layers are thinned to those nearest to their limits.
func TestAnswersBeginWithTheWorst(t *testing.T) {
	page := render(t, reporttest.NoBaseline())
	if !strings.Contains(page, "not finite") || !strings.Contains(page, `<rect class="bad"`) {
		t.Error("an error that is no number is not shown as one")
	}
	r := reporttest.Whole()
	layers := verify.Check{Backend: "ort cpu, layers", Layers: true}
	for i := range 300 {
		layers.Outputs = append(layers.Outputs, verify.Output{Name: fmt.Sprintf("layer%d", i), MaxRel: verify.Number(1e-9 * float64(i)), Tolerance: 1e-6, Equal: true})
	}
	r.Verify.Checks = []verify.Check{layers}
	r.Verify.Strength = []verify.LayerStrength{{Node: "strong", Change: 1e-6}, {Node: "weak", Change: 0.5}}
	page = render(t, r)
	for _, want := range []string{"Shown: 10 of 300.", ">ort cpu, layers: layer299<", ">weak<"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "layer5<") {
		t.Error("a layer far from its limit is shown")
	}
}
