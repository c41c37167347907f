package branches

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/pipeline"
)

// addend is a value that the tree adds up, with what it can be read over.
type addend struct {
	linear.Addend
	*linear.Expressions
	place int // among the addends
}

// Unread reports the branches that stay because they could not be read, where another addend is read
// over the same value.
func (t *Tree) Unread() []pipeline.Refusal {
	over := map[*graph.Value][]string{}
	for _, l := range t.addends {
		for _, r := range l.All {
			over[r.Input.Value] = append(over[r.Input.Value], l.kind(r))
		}
		if l.Missed != nil {
			over[l.Missed] = append(over[l.Missed], l.Value.Producer().OpType)
		}
	}
	var out []pipeline.Refusal
	for v, kinds := range over {
		over[v] = named(kinds)
	}
	for _, l := range t.addends {
		if l.Missed != nil && len(over[l.Missed]) > 1 {
			out = append(out, pipeline.Refusal{
				Node: l.Value.Producer().Label(), Reason: l.Why.Reason, Detail: l.Why.Detail, Branches: over[l.Missed],
			})
		}
	}
	return out
}

// kind is a word for the addend: the sizes of its kernels, in the order in which they run, or what else
// it is.
func (l *addend) kind(r linear.Expression) string {
	if len(r.Nodes) == 0 {
		return "identity"
	}
	if len(r.Layers) == 0 {
		return r.Nodes[len(r.Nodes)-1].OpType
	}
	return linear.Kernels(r.Layers)
}
