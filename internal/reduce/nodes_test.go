package reduce

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// What others computed is an input, what nobody reads is an output, and so is what was one.
func TestKeep(t *testing.T) {
	m := network(t)
	all := listed(m.Graph)
	for from := range all {
		for to := from + 1; to <= min(from+4, len(all)); to++ {
			p := Keep(m, all[from:to])
			if p == nil {
				t.Fatalf("no model of nodes %d to %d", from, to)
			}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, n := range all[from:to] {
				want = append(want, n.OpType)
			}
			if got := ops(p); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	}
	if Keep(m, nil) != nil {
		t.Error("a model of no nodes")
	}
}

// A result that nobody reads keeps its node, and only that one.
func TestKeepUnread(t *testing.T) {
	m := network(t)
	last := listed(m.Graph)[m.Graph.Len()-1]
	n := graph.NewNode("Split", last.Output(0))
	n.TakeOutput(m.Graph.NewValue("one"))
	n.TakeOutput(m.Graph.NewValue("two"))
	m.Graph.Append(n)
	p := Keep(m, []*graph.Node{n})
	if p == nil || len(p.Graph.Outputs()) != 1 || p.Graph.Len() != 1 {
		t.Errorf("got %v", p)
	}
}

func TestLeastThat(t *testing.T) {
	for want := 1; want <= 20; want++ {
		if got := leastThat(20, func(n int) bool { return n >= want }); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}
