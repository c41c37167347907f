package reduce

import (
	"context"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// A node of a branch comes out of it where the fault shows without the branch.
func TestSubgraphIsUnwrapped(t *testing.T) {
	small, err := Model(t.Context(), conditional(t), Options{Check: has("Abs", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if got := ops(small); !slices.Equal(got, []string{"Abs"}) {
		t.Errorf("got %v", got)
	}
}

// Where the fault takes the branch, the other nodes of the branch go. An output that one of them computed is handed on.
func TestSubgraphIsReduced(t *testing.T) {
	inBranch := func(_ context.Context, m *graph.Model) (bool, error) {
		for g := range m.Graph.All() {
			for n := range g.Nodes() {
				if n.Is("Abs") && g.Outer() != nil {
					return true, m.Check()
				}
			}
		}
		return false, nil
	}
	small, err := Model(t.Context(), conditional(t), Options{Check: inBranch})
	if err != nil {
		t.Fatal(err)
	}
	got := ops(small)
	slices.Sort(got)
	if !slices.Equal(got, []string{"Abs", "Identity", "Identity", "If"}) {
		t.Errorf("got %v", got)
	}
}
