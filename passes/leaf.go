package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

// leaf is one summand of a tree: a value with what it can be read over.
type leaf struct {
	summand
	*sources
	place int // among the leaves
}

// unread reports the branches that stay because they could not be read, where another leaf is read
// over the same value.
func (t *tree) unread() []pipeline.Refusal {
	over := map[*graph.Value][]string{}
	for _, l := range t.leaves {
		for _, r := range l.readings {
			over[r.input] = append(over[r.input], l.kind(r))
		}
		if l.missed != nil {
			over[l.missed] = append(over[l.missed], l.value.Producer().OpType)
		}
	}
	var out []pipeline.Refusal
	for _, l := range t.leaves {
		if l.missed != nil && len(over[l.missed]) > 1 {
			out = append(out, pipeline.Refusal{
				Node: l.value.Producer().Label(), Reason: l.why.Reason, Detail: l.why.Detail, Branches: over[l.missed],
			})
		}
	}
	return out
}

// kind is a word for the leaf: the sizes of its kernels, in the order in which they run, or what else
// it is.
func (l *leaf) kind(r reading) string {
	if len(r.nodes) == 0 {
		return "identity"
	}
	if len(r.layers) == 0 {
		return r.nodes[len(r.nodes)-1].OpType
	}
	return kernelsOf(r.layers)
}
