// Package equalize finds scales for the channels between layers, with which the channels of each layer have alike ranges.
//
//	Conv(x, W₁, b₁) ──▶ Relu ──▶ Conv(·, W₂, b₂)
//
//	W₁ and b₁ of output channel c times s, W₂ of input channel c divided by it:  the same answers for every s > 0
//
// Which channels have to share a scale is what package absorb says; what the scales are is found here.
package equalize

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Plan is the scales for a model. Nothing of it changes yet.
type Plan struct {
	Groups []Group
	// Left are the layers some channels of which have to stay as they are.
	Left []Left
}

// Left is a layer that could not be equalized, or not all of it.
type Left struct {
	Layer string
	Why   *refusal.Refusal
}

// Group is the layers whose channels share scales with each other. It changes as a whole, and no other group changes with it.
type Group struct {
	Layer  string // the first one
	Detail string // one sentence without a full stop

	node   *graph.Node
	known  *shapes.Shapes
	scales []float64
}

// Plan makes the change of the group, after whatever has changed since the scales were found.
func (g Group) Plan() (func(), *refusal.Refusal) {
	b, ok := absorb.Between(g.node, g.known)
	if !ok || b.Classes != len(g.scales) {
		return nil, refusal.New(refusal.Unsupported, "the layers around %s are not what they were", g.Layer)
	}
	return b.Plan(g.scales)
}

// planner is what is known while a plan is made.
type planner struct {
	classes
	known  *shapes.Shapes
	layers []*layer
	of     map[*graph.Node]*layer
	groups []group
	why    []*refusal.Refusal // of the classes that were fixed
	left   []Left
}

// group is the layers of a balance, and the first of its classes.
type group struct {
	absorb.Balance
	first int
	sides []side
}

// Make finds the scales for a model: powers of two, which change no digit of a weight, unless any number is allowed.
func Make(g *graph.Graph, known *shapes.Shapes, anyScale bool) Plan {
	p := &planner{known: known, of: map[*graph.Node]*layer{}}
	p.exact = !anyScale
	p.find(g)
	for tries := 0; ; tries++ {
		p.scale = slices.Repeat([]float64{1}, len(p.fixed))
		p.solve(p.sides())
		if !p.keepWithinLimits(tries) {
			break
		}
	}
	return p.plan()
}

// find balances every layer once.
func (p *planner) find(g *graph.Graph) {
	done := map[*graph.Node]bool{}
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if done[n] || !n.Is("Conv") && !n.Is("ConvTranspose") && !n.Is("Gemm") && !n.Is("MatMul") {
				continue
			}
			b, ok := absorb.Between(n, p.known)
			for _, l := range b.Front {
				done[l.Node] = true
			}
			switch {
			case len(b.Front) == 0:
			case ok:
				p.add(b)
			default:
				p.left = append(p.left, Left{n.Label(), refusal.New(refusal.Unsupported, "too many layers share scales with it; it stays as it is")})
			}
		}
	}
}

// add reads the ranges of the layers of a balance.
func (p *planner) add(b absorb.Balance) {
	g := group{Balance: b, first: len(p.fixed)}
	p.fixed, p.why = append(p.fixed, make([]bool, b.Classes)...), append(p.why, make([]*refusal.Refusal, b.Classes)...)
	if b.Classes == 0 || len(b.Behind) == 0 { // there is nothing to be alike with
		p.groups = append(p.groups, g)
		return
	}
	for i, layers := range [][]absorb.Layer{b.Front, b.Behind} {
		for _, l := range layers {
			s := side{p.layer(l), i == 1}
			for channel, class := range l.Class {
				if class >= 0 {
					class += g.first
				}
				s.classes()[channel] = class
			}
			if s.layer.Shared {
				p.fix(s.classes(), refusal.New(refusal.SharedOutput, "the weight of %s is shared with another node, and would be in the file twice", l.Node.Label()))
			}
			g.sides = append(g.sides, s)
		}
	}
	p.groups = append(p.groups, g)
}

// layer is what is known of a layer, of which nothing is scaled at first.
func (p *planner) layer(of absorb.Layer) *layer {
	l := p.of[of.Node]
	if l == nil {
		w := of.Weights()
		l = &layer{Weights: w, ranges: rangesOf(w), name: of.Node.Label(), out: slices.Repeat([]int{free}, w.Out), in: slices.Repeat([]int{free}, w.In)}
		p.of[of.Node] = l
		p.layers = append(p.layers, l)
	}
	return l
}

// fix keeps classes as they are.
func (p *planner) fix(classes []int, why *refusal.Refusal) {
	for _, class := range classes {
		if class != free && !p.fixed[class] {
			p.fixed[class], p.why[class] = true, why
		}
	}
}

func (p *planner) sides() [][]side {
	list := make([][]side, len(p.groups))
	for i, g := range p.groups {
		list[i] = g.sides
	}
	return list
}

// mostTries bounds how often scales are found anew because some weights would leave the normal numbers of their type.
const mostTries = 8

// keepWithinLimits fixes the classes whose scale would make a weight or a bias subnormal or infinite; false where none would.
func (p *planner) keepWithinLimits(tries int) (again bool) {
	for _, l := range p.layers {
		why := refusal.New(refusal.Overflow, "a weight of %s would become too small or too large for %s", l.name, l.Data.Type())
		blame := func(classes ...int) {
			for _, class := range classes {
				if class != free && !p.fixed[class] && (p.scale[class] != 1 || tries >= mostTries) {
					p.fix([]int{class}, why)
					again = true
				}
			}
		}
		eachRow(l.Data, func(row int, values []float64) {
			for i, v := range values {
				o, c := l.At(row, i)
				if out, in := l.out[o], l.in[c]; !survives(v, p.factor(out)/p.factor(in), l.Data.Type()) {
					blame(out, in)
				}
			}
		})
		for o, v := range l.Bias {
			if !survives(v, p.factor(l.out[o]), l.Data.Type()) {
				blame(l.out[o])
			}
		}
	}
	return again
}

// plan is what the scales change, group by group.
func (p *planner) plan() Plan {
	plan := Plan{Left: p.left}
	for _, g := range p.groups {
		if why := p.holds(g); why != nil {
			plan.Left = append(plan.Left, Left{g.Front[0].Node.Label(), why})
		}
		scales := p.scale[g.first : g.first+g.Classes]
		if !slices.ContainsFunc(scales, func(s float64) bool { return s != 1 }) {
			continue
		}
		detail := fmt.Sprintf("channels equalized between %s and %s, times %s to %s", named(g.Front), named(g.Behind), formatScale(slices.Min(scales)), formatScale(slices.Max(scales)))
		plan.Groups = append(plan.Groups, Group{g.Front[0].Node.Label(), detail, g.Front[0].Node, p.known, scales})
	}
	return plan
}

// holds is why channels of a group have to stay as they are; nil where none has to, or where nothing but the caller reads them.
func (p *planner) holds(g group) *refusal.Refusal {
	for _, why := range p.why[g.first : g.first+g.Classes] {
		if why != nil {
			return why
		}
	}
	for _, pin := range g.Pins {
		if len(g.Behind) > 0 || pin.Why.Reason != refusal.SharedOutput {
			return pin.Why
		}
	}
	return nil
}

// mostNamed bounds the layers of a side in a sentence.
const mostNamed = 3

func named(layers []absorb.Layer) string {
	var names []string
	for _, l := range layers[:min(mostNamed, len(layers))] {
		names = append(names, l.Node.Label())
	}
	text := strings.Join(names, ", ")
	if more := len(layers) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// formatScale writes powers of two as such.
func formatScale(s float64) string {
	if fraction, exponent := math.Frexp(s); fraction == 0.5 {
		return fmt.Sprintf("2^%d", exponent-1)
	}
	return fmt.Sprintf("%.3g", s)
}
