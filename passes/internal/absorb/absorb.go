// Package absorb folds a scale and a shift per channel into a linear operator next to them.
//
//	Conv(x, W, b) ──▶ Reshape ──▶ BatchNormalization        x ──▶ Mul ──▶ Transpose ──▶ MatMul(·, W)
//	└── target ──┘    └ between ┘ └───── map ──────┘            └ map ┘   └ between ┘   └─ target ─┘
//
//	map       a node that computes s·x + t, one s and one t per channel: BatchNormalization, Mul, Add, Sub, Div
//	target    the operator that takes the map in: it gets other constants, and the map's node goes away
//	between   nodes that only move elements, or average or compare those of one channel
//
// A target is looked for before the map, and then after it. Channels are followed over the nodes between, so that
// each number of the map meets the channel that it is for. A target knows how its own constants change; a file
// holds one kind of target.
package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Map is a node that computes an affine map per channel of one of its inputs.
type Map struct {
	Node    *graph.Node
	Operand int // which input it maps
	// Read gives the map, for a value whose channels are on an axis. after says that the target comes after the
	// node: then the node itself may have given the value its channels.
	Read  func(axis algebra.Axis, after bool) (stencil.Affine, *refusal.Refusal)
	Known *shapes.Shapes
	// Needed says whether another rewrite needs the constant of a convolution as it is before the map goes into
	// it: result is what the node computes, constant what the convolution would add.
	Needed func(result *graph.Value, constant *tensor.Tensor) *refusal.Refusal
}

// Fold is a fold that is ready to be put in place.
type Fold struct {
	Target string // the name of the node that takes the map in
	Apply  func() // changes the target and removes the map's node
}

// Plan looks for a target before the node, or else after it. Nothing of the graph changes yet.
func (m Map) Plan() (Fold, *refusal.Refusal) {
	p, made, why := m.planOn(m.pathBefore)
	if why != nil {
		var whyAfter *refusal.Refusal
		p, made, whyAfter = m.planOn(m.pathAfter)
		if whyAfter == nil || NoTarget(why) && !NoTarget(whyAfter) {
			why = whyAfter
		}
	}
	if why != nil {
		return Fold{}, why
	}
	return Fold{Target: p.target.label(), Apply: func() {
		p.redefine(m.Node, m.Node.Input(m.Operand))
		made.apply()
		graph.ReplaceAllUses(m.Node.Output(0), m.Node.Input(m.Operand))
		m.Node.Graph().Remove(m.Node)
	}}, nil
}

// NoTarget reports whether there is nothing to fold into, rather than a reason not to.
func NoTarget(why *refusal.Refusal) bool { return why != nil && why.Reason == refusal.NoConvolution }

func (m Map) planOn(find func() (path, *refusal.Refusal)) (path, change, *refusal.Refusal) {
	p, why := find()
	if why != nil {
		return p, change{}, why
	}
	a, why := m.Read(p.axis, p.after)
	if why != nil {
		return p, change{}, why
	}
	for _, n := range p.between {
		if why := mayCross(n, a, p.axis.Channels); why != nil {
			return p, change{}, why
		}
	}
	var made change
	if p.after {
		made, why = p.target.before(a)
	} else {
		if made, why = p.target.after(a); why == nil {
			why = m.Needed(m.Node.Output(0), made.constant)
		}
	}
	if why == nil && made.adds > 0 && !m.Node.Is("BatchNormalization") {
		why = refusal.New(refusal.NoConvolution, "%s has no bias to add the constant to", p.target.label())
	}
	return p, made, why
}
