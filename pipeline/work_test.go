package pipeline

import "testing"

// TestReliability3Budget ends a pass that looks at the nodes again and again, with one line, and lets it make no more
// changes.
func TestReliability3Budget(t *testing.T) {
	const nodes = 4
	rounds := 0
	busy := passFunc(func(r *Rewriter) error {
		for r.Look(1) {
			rounds++
			for range r.Graph().Nodes() { // each is a visit
			}
		}
		if r.Rewrite("node", "changed", func() {}) {
			t.Error("it may still rewrite")
		}
		return nil
	})
	_, err := Run(t.Context(), chain(t, nodes), []Step{{"busy", busy}}, Options{})
	want := "pass busy: it looked at more than 1002000 nodes and addends, too many for a graph of 4 nodes; leave the pass out"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if most := visitsOfAny + visitsOfNode*nodes; rounds != most/(nodes+1) {
		t.Errorf("it ended after %d rounds of %d visits", rounds, nodes+1)
	}
}

func TestVisits(t *testing.T) {
	twice := passFunc(func(r *Rewriter) error {
		for range r.Graph().Nodes() {
			r.Look(2)
		}
		return nil
	})
	result, err := Run(t.Context(), chain(t, 5), []Step{{"twice", twice}}, Options{})
	if err != nil || result.Passes[0].Visits != 15 {
		t.Errorf("%+v, %v", result, err)
	}
}
