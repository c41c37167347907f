// Package absorb folds a scale and a shift per channel into linear operators that it comes from, or goes into.
//
//	Conv ──┐                                              ┌──▶ Pad ──▶ Conv
//	       ├─▶ Concat ──▶ BatchNormalization      x ──▶ Mul
//	Conv ──┘                                              └──▶ Transpose ──▶ MatMul
//	target     between           map                 map        between      target
//
//	map       a node that computes s·x + t, one s and one t per channel: BatchNormalization, Mul, Add, Sub, Div
//	target    an operator that takes the map in: it gets other constants, and the map's node goes away
//	between   nodes that let the map pass: f(s·x + t) = s'·f(x) + t'. They move numbers, average or compare those of one
//	          channel, add values, or rectify them
//
// Targets are looked for before the map, and then after it. Before it, no other node may use a value on the way; after
// it, every node that reads one takes its share. The way is a [tree].
//
// What is followed along it is which map each number goes through: [labels] are a table over the axes of a value, and an
// operator between gives those of its result for those of its operands, or the other way round, by a few kinds of
// [move]. At a target they must be a function of its channel. A [condition] says which maps an operator lets pass, and
// what becomes of them. A target knows how its own constants change; a file holds one kind of target.
//
// [Balance] finds, with the same account, the channels that a scale between layers has to share.
package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// Map is a node that computes affine maps of the numbers of one of its inputs.
type Map struct {
	Node    *graph.Node
	Operand int // which input it maps
	// Read gives the maps. It is called when there is a target.
	Read func() (Numbers, *refusal.Refusal)
	// Misfit says that the maps are not one for each channel of a target.
	Misfit func(target string) *refusal.Refusal
	Known  *shapes.Shapes
	// Needed says whether another rewrite needs the constant of a convolution as it is before the map goes into
	// it: result is what the node computes, constant what the convolution would add.
	Needed func(result *graph.Value, constant *tensor.Tensor) *refusal.Refusal
}

// Fold is a fold that is ready to be put in place.
type Fold struct {
	Target string // the names of the nodes that take the map in
	Apply  func() // changes the targets and removes the map's node
}

// Plan looks for targets before the node, or else after it. Nothing of the graph changes yet.
func (m Map) Plan() (Fold, *refusal.Refusal) {
	t, why := m.before()
	if why = t.told(why); why != nil {
		var whyAfter *refusal.Refusal
		t, whyAfter = m.after()
		whyAfter = t.told(whyAfter)
		if whyAfter == nil || NoTarget(why) && !NoTarget(whyAfter) {
			why = whyAfter
		}
	}
	if why != nil {
		return Fold{}, why
	}
	return t.fold(), nil
}

// NoTarget reports whether there is nothing to fold into, rather than a reason not to.
func NoTarget(why *refusal.Refusal) bool { return why != nil && why.Reason == refusal.NoConvolution }
