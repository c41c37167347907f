package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// Two thousand blocks that are alike are a row of the picture, and the table says how many it leaves out.
func TestCountedFoldsWhatIsAlike(t *testing.T) {
	r := withoutLayers()
	r.Fuse.Rewrites, r.Fuse.Refusals = nil, nil
	for i := range 2000 {
		r.Fuse.Rewrites = append(r.Fuse.Rewrites, reports.Rewrite{Pass: "fuse_branches", Node: fmt.Sprintf("/%d/Add", i), Branches: []string{"3×3", "1×3", "3×1"}})
	}
	r.Fuse.Refusals = []reports.Refusal{{Pass: "fuse_branches", Node: "/x/Add", Reason: "misaligned", Detail: "give both the same stride", Branches: []string{"3×3", "1×1"}}}
	page := render(t, r)
	wellFormed(t, page)
	for _, want := range []string{"ACNet × 2000, first /0/Add", "left: misaligned", "misaligned: give both the same stride", "… and " + human.Thousands(1501) + " more in report.json", "Shown: 2 kinds."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if most := 1 << 20; len(page) > most {
		t.Errorf("the page takes %d bytes", len(page))
	}
	if strings.Index(page, "left: misaligned") > strings.Index(page, "ACNet × 2000") {
		t.Error("what was left does not come first")
	}
}
