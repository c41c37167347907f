package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Expression is a value as a stencil over another one, through the nodes between them.
type Expression struct {
	Input View
	// Source is a value that holds the image that Input is a view of; nil where there is none on the way.
	Source *graph.Value
	Nodes  []*graph.Node // between the two, the last one first
	Layers []*graph.Node // the layers among them, the last one first
	// Target is the layer that nothing but affine maps follow and nobody else uses; it can become
	// the stencil. Nil where there is none.
	Target *graph.Node
	// The channels and spatial axes are those of the input, no channels where no layer tells. They are certain when a
	// layer reads the input before anything else can widen it.
	Channels, axes int
	Certain        bool
	Widens         bool // a constant may give the input channels or axes that it does not have
	Moved          bool // the channels of the value are not those of the input, but moved ones
	terms          int
	// Evaluate asks for what an identity cannot know of its input.
	Evaluate func(im Image) (Form, *refusal.Refusal)
}

// Form is the stencil of an expression and what it costs now.
type Form struct {
	stencil.Stencil
	// Now is the multiply-adds per output position of the layers that nobody else uses.
	Now int
}

// Expressions is everything that a value can be read over, the nearest first.
type Expressions struct {
	All []Expression
	// What cannot be read: why, and over which value it would have been.
	Why    *refusal.Refusal
	Missed *graph.Value
}

// Over is the expression over v, if there is one.
func (s *Expressions) Over(v View) (Expression, bool) {
	for _, r := range s.All {
		if r.Input == v {
			return r, true
		}
	}
	return Expression{}, false
}

const (
	// MaxDepth is how far [Reader.Read] looks.
	MaxDepth = 16 // nodes between a value and what it is read over
	maxTerms = 64 // addends inside an addend
)

// Reader reads the values of one graph: the nodes around a sub-graph run whether or not it does.
type Reader struct {
	g     *graph.Graph
	known *shapes.Shapes
	uses  map[*graph.Value]int // of the addends of the tree: how often it adds them
	seen  map[View]*Expressions
	// Visits is how many nodes, and addends of sums, the reader looked at.
	Visits int

	onlyMoves bool
}

// NewReader makes a reader for the values of g. uses says how often a sum adds each of its addends.
func NewReader(g *graph.Graph, known *shapes.Shapes, uses map[*graph.Value]int) *Reader {
	return &Reader{g: g, known: known, uses: uses, seen: map[View]*Expressions{}}
}

// NewMoveReader makes a reader that goes on to no layer before the first node.
func NewMoveReader(g *graph.Graph, known *shapes.Shapes) *Reader {
	r := NewReader(g, known, nil)
	r.onlyMoves = true
	return r
}

// exhausted reports whether a reader of moves, of which there is one for each convolution, has looked at enough.
func (r *Reader) exhausted() bool {
	const most = 128 // values
	return r.onlyMoves && r.Visits > most
}

// Read finds what a view of v is a stencil over. Past a value that has other users too it reads on, but what
// computes that value stays.
func (r *Reader) Read(v View, depth int) *Expressions {
	if s := r.seen[v]; s != nil {
		return s
	}
	s := &Expressions{}
	r.seen[v] = s
	r.Visits++
	if n := v.Value.Producer(); n != nil && n.Graph() == r.g && depth > 0 && !r.exhausted() {
		*s = r.visit(v, depth)
	}
	shared := r.hasOtherConsumers(v.Value)
	if shared {
		s.All = s.withOtherConsumers().All
	}
	if (shared || len(s.All) == 0) && r.fits(v) {
		s.All = append([]Expression{identity(v)}, s.All...)
	}
	return s
}

// fits reports whether a value is certain to have the axes of its frame: an operand of a sum may have fewer.
func (r *Reader) fits(v View) bool {
	rank, ok := r.known.Rank(v.Value)
	return v.Frame == "" || ok && rank == len(v.Frame)
}

// hasOtherConsumers reports whether v has users other than the one that it is read for, outputs of graphs included.
func (r *Reader) hasOtherConsumers(v *graph.Value) bool { return v.UseCount() > max(r.uses[v], 1) }

// withOtherConsumers is an expression whose nodes stay, so that it costs nothing to do without it.
func (r Expression) withOtherConsumers() Expression {
	evaluate := r.Evaluate
	r.Target = nil
	r.Evaluate = func(im Image) (Form, *refusal.Refusal) {
		p, why := evaluate(im)
		p.Now = 0
		return p, why
	}
	return r
}

// withOtherConsumers is [Expression.withOtherConsumers] of all.
func (s *Expressions) withOtherConsumers() *Expressions {
	out := &Expressions{All: slices.Clone(s.All), Why: s.Why, Missed: s.Missed}
	for i := range out.All {
		out.All[i] = out.All[i].withOtherConsumers()
	}
	return out
}

// Holds is the value that holds the image that the expression is over; nil where there is none.
func (r Expression) Holds() *graph.Value {
	if r.Input.Frame == "" {
		return r.Input.Value
	}
	return r.Source
}

// identity reads a value as itself.
func identity(v View) Expression {
	return Expression{Input: v, terms: 1, Evaluate: func(im Image) (Form, *refusal.Refusal) {
		return Form{stencil.Identity(im.Channels, im.axes), 0}, nil
	}}
}
