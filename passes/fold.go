package passes

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// maxMoves bounds how many nodes may stand between an affine map and its host.
const maxMoves = 8

// affineNode is a node that computes an affine map per channel of one of its inputs.
type affineNode struct {
	node    *graph.Node
	operand int
	// read gives the map, of a value whose channels stand where v says. ahead: v was found from a host
	// behind the node, so the node itself may have given the value its channels.
	read  func(v algebra.Axis, ahead bool) (stencil.Affine, *refusal.Refusal)
	known *shapes.Shapes
}

// fold folds the node into the host before or behind it, or says why not; false when the budget of
// rewrites is spent.
func (n affineNode) fold(r *pipeline.Rewriter) (ok bool, why *refusal.Refusal) {
	host, made, why := n.plan()
	if why != nil {
		return true, why
	}
	return r.Rewrite(n.node.Label(), fmt.Sprintf("%s folded into %s", n.node.OpType, host.label()), func() {
		made.apply()
		graph.ReplaceAllUses(n.node.Output(0), n.node.Input(n.operand))
		n.node.Graph().Remove(n.node)
	}), nil
}

// plan looks for a host before the node, or else behind it.
func (n affineNode) plan() (host, change, *refusal.Refusal) {
	h, made, why := n.planOn(n.pathBack)
	if why != nil {
		var whyAhead *refusal.Refusal
		h, made, whyAhead = n.planOn(n.pathAhead)
		if whyAhead == nil || noHost(why) && !noHost(whyAhead) {
			why = whyAhead
		}
	}
	return h, made, why
}

// noHost reports whether there is nothing to fold into, rather than a reason not to.
func noHost(why *refusal.Refusal) bool { return why != nil && why.Reason == refusal.NoConvolution }

func (n affineNode) planOn(find func() (path, *refusal.Refusal)) (host, change, *refusal.Refusal) {
	p, why := find()
	if why != nil {
		return nil, change{}, why
	}
	a, why := n.read(p.view, p.ahead)
	if why != nil {
		return nil, change{}, why
	}
	for _, m := range p.moves {
		if why := mayPass(m, a, p.view.Channels); why != nil {
			return nil, change{}, why
		}
	}
	var made change
	if p.ahead {
		made, why = p.host.before(a)
	} else {
		if made, why = p.host.after(a); why == nil {
			why = linear.BecomesBorder(n.node.Output(0), made.constant, n.known)
		}
	}
	if why == nil && made.adds > 0 && !n.node.Is("BatchNormalization") {
		why = refusal.New(refusal.NoConvolution, "%s has no bias", p.host.label())
	}
	return p.host, made, why
}

// path is the way from an affine node to the host that can take it in.
type path struct {
	host  host
	ahead bool          // the host stands behind the node
	moves []*graph.Node // between the two
	view  algebra.Axis  // of what the node reads, or of its result where the host is ahead
}

// pathBack finds the host that the operand comes from, when nobody else uses what is in between.
func (n affineNode) pathBack() (path, *refusal.Refusal) {
	operand := n.node.Input(n.operand)
	v := operand
	var p path
	for range maxMoves + 1 {
		before := v.Producer()
		if before == nil {
			break
		}
		h, why := readHost(before, n.node, n.known)
		if h != nil || why != nil {
			if shared := usedHere(v, n.node); shared != nil {
				return path{}, shared
			}
			if why != nil {
				return path{}, why
			}
			p.host = h
			return n.seen(p, h.result(), viewBehind, operand)
		}
		if quantizes(before) {
			return path{}, refusal.New(refusal.Quantized, "%q comes from %s, which rounds to integers; fuse the model before it is quantised", v.Name(), before.Label())
		}
		if !isMove(before) || usedHere(v, n.node) != nil {
			break
		}
		p.moves = append([]*graph.Node{before}, p.moves...)
		v = before.Input(0)
	}
	return path{}, refusal.New(refusal.NoConvolution, "%q does not come from a convolution or a product with a constant matrix", operand.Name())
}

// pathAhead finds the host that alone reads what the node computes.
func (n affineNode) pathAhead() (path, *refusal.Refusal) {
	result := n.node.Output(0)
	p := path{ahead: true}
	v := result
	for range maxMoves + 1 {
		use := mainUse(v)
		if use == nil || use.Node.Graph() != n.node.Graph() {
			break
		}
		next := use.Node
		if readsImage(next, use.Index) && !next.Is("Add") {
			h, why := readHost(next, n.node, n.known)
			if why != nil {
				return path{}, why
			}
			if h != nil {
				p.host = h
				return n.seen(p, h.operand(), viewBefore, result)
			}
		}
		if quantizes(next) {
			return path{}, refusal.New(refusal.Quantized, "%q goes into %s, which rounds to integers; fuse the model before it is quantised", v.Name(), next.Label())
		}
		if use.Index != 0 || !isMove(next) {
			break
		}
		p.moves = append([]*graph.Node{next}, p.moves...)
		v = next.Output(0)
	}
	return path{}, refusal.New(refusal.NoConvolution, "%q does not go into a convolution or a product with a constant matrix alone", result.Name())
}

// seen follows the channels from the host over the moves, of which the one next to it is the first.
func (n affineNode) seen(p path, v algebra.Axis, over func(*graph.Node, algebra.Axis, *shapes.Shapes) (algebra.Axis, *refusal.Refusal), value *graph.Value) (path, *refusal.Refusal) {
	for _, m := range p.moves {
		var why *refusal.Refusal
		if v, why = over(m, v, n.known); why != nil {
			return path{}, why
		}
	}
	p.view = v.In(value, n.known)
	return p, nil
}

// mainUse is the only use of v by a node that its elements matter to: a Shape sees no difference. It is
// nil where there are more.
func mainUse(v *graph.Value) *graph.Use {
	const most = 8 // uses that are looked at
	if v.IsOutput() || v.UseCount() > most {
		return nil
	}
	var only *graph.Use
	for use := range v.Uses() {
		if use.Node.Is("Shape") {
			continue
		}
		if only != nil {
			return nil
		}
		only = use
	}
	return only
}

// usedHere refuses a value that others use too, or that another graph computes.
func usedHere(v *graph.Value, n *graph.Node) *refusal.Refusal {
	if v.Graph() != n.Graph() {
		return refusal.New(refusal.SharedOutput, "%q is computed in another graph; what stands inside and outside of If, Loop and Scan stays apart", v.Name())
	}
	if mainUse(v) != nil {
		return nil
	}
	return SoleUse(v)
}

// quantizes reports whether n is an operator on quantized numbers, or at their rim.
func quantizes(n *graph.Node) bool {
	switch {
	case n.Is("QuantizeLinear"), n.Is("DequantizeLinear"), n.Is("DynamicQuantizeLinear"),
		n.Is("QLinearConv"), n.Is("QLinearMatMul"), n.Is("ConvInteger"), n.Is("MatMulInteger"):
		return true
	}
	return false
}

// SoleUse refuses a value that has more than one user or is an output.
func SoleUse(v *graph.Value) *refusal.Refusal {
	switch {
	case v.IsOutput():
		return refusal.New(refusal.SharedOutput, "%q is also an output of the graph; export the model without that output", v.Name())
	case v.UseCount() != 1:
		return refusal.New(refusal.SharedOutput, "%q has %d users, and the others need it as it is; export the model so that only one reads it", v.Name(), v.UseCount())
	}
	return nil
}
