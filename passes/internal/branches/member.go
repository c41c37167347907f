package branches

import (
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// member is an addend read over the value that its group shares.
type member struct {
	*addend
	linear.Expression
	word   string  // what the addend is, for people
	factor float64 // of the addend in the sum
	sum    stencil.Stencil
	now    int // multiply-adds per output position that go when the member is merged
}

// label is how messages call the member.
func (m *member) label() string {
	if len(m.Layers) > 0 {
		return m.Layers[0].Label()
	}
	if len(m.Nodes) > 0 {
		return m.Nodes[0].Label()
	}
	return m.Value.Name()
}

// cost is the multiply-adds per position that the member takes by itself: its convolutions, or else one
// for each output channel.
func (m *member) cost() int {
	if m.now > 0 {
		return m.now
	}
	return m.sum.Out
}

func (m *member) refused(why *refusal.Refusal) pipeline.Refusal {
	return pipeline.Refusal{Node: m.label(), Reason: why.Reason, Detail: why.Detail}
}
