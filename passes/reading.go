package passes

import (
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// reading is a value as a stencil over another one, through the nodes between them.
type reading struct {
	input  *graph.Value
	nodes  []*graph.Node // between the two, the last one first
	layers []*graph.Node // the layers among them, the last one first
	// host is the layer that nothing but affine maps follow and nobody else uses; it can become
	// the stencil. Nil where there is none.
	host *graph.Node
	// channels and spatial axes are those of the input, no channels where no layer tells. They are certain when a
	// layer reads the input before anything else can widen it.
	channels, axes int
	certain        bool
	widens         bool // a constant may give the input channels or axes that it does not have
	sideways       bool // the input may stand behind the value: it is not what the value comes from
	terms          int
	// evaluate asks for what an identity cannot know of its input.
	evaluate func(im image) (chain, *refusal.Refusal)
}

// chain is the stencil of a reading and what it costs now.
type chain struct {
	stencil.Stencil
	// cost is the multiply-adds per output position of the layers that nobody else uses.
	cost int
}

// sources is everything that a value can be read over, the nearest first.
type sources struct {
	readings []reading
	// What cannot be read: why, and over which value it would have been.
	why    *refusal.Refusal
	missed *graph.Value
}

// over is the reading over v, if there is one.
func (s *sources) over(v *graph.Value) (reading, bool) {
	for _, r := range s.readings {
		if r.input == v {
			return r, true
		}
	}
	return reading{}, false
}

const (
	maxDepth = 16 // nodes between a value and what it is read over
	maxTerms = 64 // summands inside a summand
)

// reader reads the values of one graph: the nodes around a sub-graph run whether or not it does.
type reader struct {
	g     *graph.Graph
	known *shapes.Shapes
	uses  map[*graph.Value]int // of the summands of the tree: how often it adds them
	seen  map[*graph.Value]*sources
}

func newReader(g *graph.Graph, known *shapes.Shapes) *reader {
	return &reader{g: g, known: known, uses: map[*graph.Value]int{}, seen: map[*graph.Value]*sources{}}
}

// read finds what v is a stencil over. Past a value that has other users too it reads on, but what
// computes that value stays.
func (r *reader) read(v *graph.Value, depth int) *sources {
	if s := r.seen[v]; s != nil {
		return s
	}
	s := &sources{}
	r.seen[v] = s
	if n := v.Producer(); n != nil && n.Graph() == r.g && depth > 0 && n.Output(0) == v {
		*s = r.through(n, depth)
	}
	shared := r.shared(v)
	if shared {
		for i := range s.readings {
			s.readings[i] = s.readings[i].kept()
		}
	}
	if shared || len(s.readings) == 0 {
		s.readings = append([]reading{identity(v)}, s.readings...)
	}
	return s
}

// shared reports whether v has users beside the one that is read for, outputs of graphs included.
func (r *reader) shared(v *graph.Value) bool { return v.UseCount() > max(r.uses[v], 1) }

// kept is a reading whose nodes stay, so that it costs nothing to do without it.
func (r reading) kept() reading {
	behind := r.evaluate
	r.host = nil
	r.evaluate = func(im image) (chain, *refusal.Refusal) {
		p, why := behind(im)
		p.cost = 0
		return p, why
	}
	return r
}

// through reads the first result of n.
func (r *reader) through(n *graph.Node, depth int) sources {
	switch operand, affine := algebra.AffineOperand(n); {
	case n.Input(0) == nil:
		return sources{}
	case isLayer(n):
		return r.throughLayer(n, depth)
	case n.Is("BatchNormalization"):
		a, why := algebra.ReadBatchNorm(n)
		if why != nil {
			return sources{why: why, missed: n.Input(0)}
		}
		return r.throughAffine(n, 0, depth, func(int, int) (stencil.Affine, *refusal.Refusal) { return a, nil })
	case affine && n.Graph().Opset() >= 7:
		v := r.throughAffine(n, operand, depth, func(channels, axes int) (stencil.Affine, *refusal.Refusal) {
			return constantMap(n, operand, axes+2, channels, r.known)
		})
		for i := range v.readings {
			v.readings[i].widens = v.readings[i].widens || mayWiden(n.Input(1-operand))
		}
		return v
	case n.Is("AveragePool"), n.Is("MaxPool"):
		return r.throughPool(n, depth)
	case n.Is("Slice"), n.Is("Pad"):
		return r.throughMoves(n, depth)
	case n.Is("ScatterND"):
		return r.throughFrame(n, depth)
	case n.Is("Transpose"):
		if out := r.throughFrame(n, depth); out.readings != nil {
			return out
		}
		return r.throughTranspose(n, depth)
	default:
		if s, ok := readSum(n, r.known); ok {
			return r.throughSum(s, depth)
		}
	}
	return sources{}
}

// throughLayer reads a layer over everything that its input is read over.
func (r *reader) throughLayer(n *graph.Node, depth int) sources {
	s, why := layerOf(n)
	if why != nil {
		return sources{why: why, missed: n.Input(0)}
	}
	in := *r.read(n.Input(0), depth-1)
	in.readings = slices.DeleteFunc(slices.Clone(in.readings), func(x reading) bool { return x.sideways })
	v := r.followed(&in, n, func(int, int) (stencil.Stencil, *refusal.Refusal) { return s, nil })
	for i := range v.readings {
		last := &v.readings[i]
		if last.channels == 0 && !last.choosesChannels(s.Axes()+2) {
			last.channels, last.axes, last.certain = s.In, s.Axes(), !last.widens
		}
		last.host, last.layers = n, append([]*graph.Node{n}, last.layers...)
	}
	return v
}

// choosesChannels reports whether crops or pads give another number of channels than the input has.
func (r reading) choosesChannels(rank int) bool {
	return slices.ContainsFunc(r.nodes, func(n *graph.Node) bool {
		return (n.Is("Slice") || n.Is("Pad")) && choosesChannels(n, rank)
	})
}

// throughPool reads pools that are linear.
func (r *reader) throughPool(n *graph.Node, depth int) sources {
	s, why := algebra.ReadPool(n)
	if why != nil {
		return sources{why: why, missed: n.Input(0)}
	}
	return r.followed(r.read(n.Input(0), depth-1), n, func(channels, _ int) (stencil.Stencil, *refusal.Refusal) {
		return s(channels), nil
	})
}

// throughMoves reads a run of crops and pads: together they may be exact where one by one they are not.
func (r *reader) throughMoves(n *graph.Node, depth int) sources {
	var out sources
	var run []*graph.Node
	shared := false
	for n.Is("Slice") || n.Is("Pad") {
		if run = append(run, n); n.Input(0) == nil || n.Graph() != r.g || len(run) > depth {
			return out
		}
		in := n.Input(0)
		moved := slices.Clone(run)
		from := &sources{readings: []reading{identity(in)}}
		if n = in.Producer(); !n.Is("Slice") && !n.Is("Pad") {
			from = r.read(in, depth-len(run))
		}
		if shared = shared || r.shared(in); shared {
			from = &sources{readings: slices.Clone(from.readings)}
			for i := range from.readings {
				from.readings[i] = from.readings[i].kept()
			}
		}
		v := r.followed(from, nil, func(channels, axes int) (stencil.Stencil, *refusal.Refusal) { return movesOf(moved, channels, axes) })
		for i := range v.readings {
			v.readings[i].nodes = append(slices.Clone(moved), v.readings[i].nodes...)
		}
		out.readings = append(out.readings, v.readings...)
	}
	return out
}

// followed composes what a node computes with everything that its input is read over. The node is no
// affine map, so it cannot stand behind a host.
func (r *reader) followed(inner *sources, n *graph.Node, of func(channels, axes int) (stencil.Stencil, *refusal.Refusal)) sources {
	var out sources
	for _, in := range inner.readings {
		last := in
		last.host = nil
		if n != nil {
			last.nodes = append([]*graph.Node{n}, in.nodes...)
		}
		last.evaluate = func(im image) (chain, *refusal.Refusal) {
			p, why := in.evaluate(im)
			if why != nil {
				return p, why
			}
			s, why := of(p.Out, p.Axes())
			if why != nil {
				return p, why
			}
			composed, why := compose(s, p.Stencil, im)
			if why != nil && why.Reason == refusal.Border && onlyMoves(in.nodes) {
				why = refusal.New(refusal.Misaligned, "%v; pad before the crop", stencil.ErrHidden)
			}
			if why != nil {
				return p, why
			}
			return chain{composed, saturatedSum(ownCost(n, s), stencil.Product(append(slices.Clone(s.Stride), p.cost)...))}, nil
		}
		out.readings = append(out.readings, last)
	}
	return out
}

// onlyMoves reports whether nothing but crops, pads and samples stands between two values.
func onlyMoves(nodes []*graph.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *graph.Node) bool { return !n.Is("Slice") && !n.Is("Pad") })
}

// ownCost is the multiply-adds per output position of a node: a pool or a crop multiplies nothing.
func ownCost(n *graph.Node, s stencil.Stencil) int {
	if !isLayer(n) {
		return 0
	}
	return s.Cost(stencil.Geometry{Kernel: s.Terms[0].Size})
}

// compose is outer after inner, or why that is not one stencil.
func compose(outer, inner stencil.Stencil, im image) (stencil.Stencil, *refusal.Refusal) {
	s, err := stencil.Compose(outer, inner, im.size)
	if im.anyBorder && (errors.Is(err, stencil.ErrOverlap) || errors.Is(err, stencil.ErrBorder)) {
		s, err = stencil.ComposeInside(outer, inner)
	}
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, stencil.ErrOverlap), errors.Is(err, stencil.ErrBorder):
		return s, refusal.New(refusal.Border, "%v; export with the padding in the first convolution, or without a constant between the two", err)
	case errors.Is(err, stencil.ErrTooLarge):
		return s, refusal.New(refusal.Unsupported, "%v; it stays", err)
	case errors.Is(err, stencil.ErrHidden):
		return s, refusal.New(refusal.Misaligned, "%v; pad before the crop", err)
	}
	return s, refusal.New(refusal.Misaligned, "%v; the model contradicts itself", err)
}

// throughAffine reads a node that computes an affine map, over everything its operand is read over.
func (r *reader) throughAffine(n *graph.Node, operand, depth int, of func(channels, axes int) (stencil.Affine, *refusal.Refusal)) sources {
	inner := r.read(n.Input(operand), depth-1)
	out := sources{why: inner.why, missed: inner.missed}
	for _, in := range inner.readings {
		last := in
		last.nodes = append([]*graph.Node{n}, in.nodes...)
		last.evaluate = func(im image) (chain, *refusal.Refusal) {
			p, why := in.evaluate(im)
			if why != nil {
				return p, why
			}
			a, why := of(p.Out, p.Axes())
			if why != nil {
				return p, why
			}
			for _, part := range [][]float64{a.Scale, a.Center, a.Shift} {
				if part != nil && len(part) != p.Out {
					return p, refusal.New(refusal.Misaligned, "%s has %d channels, its input has %d", n.Label(), len(part), p.Out)
				}
			}
			return chain{p.Then(a), p.cost}, nil
		}
		out.readings = append(out.readings, last)
	}
	return out
}

// throughSum reads a sum over the values that all its summands are read over.
func (r *reader) throughSum(s sum, depth int) sources {
	parts := make([]*sources, len(s.summands))
	for i, x := range s.summands {
		parts[i] = r.read(x.value, depth-1)
	}
	var out sources
next:
	for _, first := range parts[0].readings {
		together := []reading{first}
		for _, p := range parts[1:] {
			i := slices.IndexFunc(p.readings, func(x reading) bool { return x.input == first.input })
			if i < 0 {
				continue next
			}
			together = append(together, p.readings[i])
		}
		if sum, ok := addReadings(s, together); ok {
			out.readings = append(out.readings, sum)
		}
	}
	return out
}

// addReadings is the sum of readings over one value.
func addReadings(s sum, parts []reading) (reading, bool) {
	total := reading{input: parts[0].input, nodes: append([]*graph.Node{s.node}, s.helpers...)}
	for _, p := range parts {
		total.terms += p.terms
		total.nodes, total.layers = append(total.nodes, p.nodes...), append(total.layers, p.layers...)
		if total.channels == 0 || p.certain && !total.certain {
			total.channels, total.axes, total.certain = p.channels, p.axes, p.certain
		}
		total.widens, total.sideways = total.widens || p.widens, total.sideways || p.sideways
	}
	total.evaluate = func(im image) (chain, *refusal.Refusal) {
		var out chain
		stencils := make([]stencil.Stencil, len(parts))
		for i, p := range parts {
			part, why := p.evaluate(im)
			if why != nil {
				return out, why
			}
			stencils[i] = part.Times(s.factor(i))
			out.cost = saturatedSum(out.cost, part.cost)
		}
		added, err := stencil.Add(stencils...)
		if err != nil {
			return out, refusal.New(refusal.Misaligned, "its summands have %v; they merge where these are equal", err)
		}
		return chain{added, out.cost}, nil
	}
	return total, total.terms <= maxTerms
}

// saturatedSum is the sum of two costs; huge ones count as 2⁵⁰.
func saturatedSum(a, b int) int { return min(a+b, 1<<50) }

// identity reads a value as itself.
func identity(v *graph.Value) reading {
	return reading{input: v, terms: 1, evaluate: func(im image) (chain, *refusal.Refusal) {
		return chain{stencil.Identity(im.channels, im.axes), 0}, nil
	}}
}
