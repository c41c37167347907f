package reports_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// TestAlike groups what one pass refuses for one reason, and keeps apart what asks for something else.
func TestAlike(t *testing.T) {
	f := reports.Fuse{Refusals: []reports.Refusal{
		{Pass: "fold_affine", Node: "a", Reason: "shared_output", Detail: `"x" has 2 users; export it again`},
		{Pass: "fold_batchnorm", Node: "b", Reason: "shared_output", Detail: `"y" has 2 users; export it again`},
		{Pass: "fold_affine", Node: "c", Reason: "shared_output", Detail: `"z" has 3 users; export it again`},
		{Pass: "fold_affine", Node: "d", Reason: "not_channel", Detail: `it is wide; merge it with "w"`},
		{Pass: "fold_affine", Node: "e", Reason: "not_channel", Detail: `it is wide; leave it`},
		{Pass: "fold_affine", Node: "f", Reason: "not_channel", Detail: `it is wider; merge it with "v"`},
	}}
	want := []string{
		`2 × shared_output, such as a: "x" has 2 users; export it again (fold_affine)`,
		`b: "y" has 2 users; export it again (fold_batchnorm, shared_output)`,
		`2 × not_channel, such as d: it is wide; merge it with "w" (fold_affine)`,
		`e: it is wide; leave it (fold_affine, not_channel)`,
	}
	groups := f.Alike()
	if len(groups) != len(want) {
		t.Fatalf("%d groups: %v", len(groups), groups)
	}
	for i, g := range groups {
		if g.String() != want[i] {
			t.Errorf("got  %s\nwant %s", g, want[i])
		}
	}
}
