package verify

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// stage is a model on which a branch of an If can be run by itself, whether or not the inputs lead into it.
type stage struct {
	exact Exact
	*borders
	shapes map[*graph.Value]typed
	// held is what a value around a branch holds, where that is known.
	held func(*graph.Value) (*tensor.Tensor, tensor.Type, error)
	// substitute is noise for a value that cannot be computed; nil for none.
	substitute func(*graph.Value) (*tensor.Tensor, tensor.Type)
	seed       uint64
}

// rehearsal is a run of a branch over noise for what the branch reads. It shows what is needed to compare the regions within: the shapes
// of all values, and the numbers of some.
type rehearsal struct {
	around map[*graph.Value]input // what the branch reads
	shapes map[*graph.Value]typed
	held   map[*graph.Value]input // integers and truth values
	lost   int                    // nodes that do not take what they read, and values that hold no number
}

// rehearsed are the sizes to try, as factors of the dimensions that the model leaves open, but for the batch: of two networks in one file,
// for 16 kHz and for 8 kHz, one takes twice as many samples as the other.
func rehearsed() []float64 { return []float64{1, 2, 0.5} }

// rehearse runs a branch in the size in which most of its values can be computed; nil where it is not known what the branch reads.
func (s stage) rehearse(ctx context.Context, g *graph.Graph) (best *rehearsal, err error) {
	for _, size := range rehearsed() {
		around, err := s.around(ctx, g, size)
		if around == nil || err != nil {
			return nil, err
		}
		h, err := s.run(ctx, g, around, func(Evaluation, *graph.Value, input) {})
		if err != nil {
			return nil, err
		}
		if best == nil || h.lost < best.lost {
			best = h
		}
		if best.lost == 0 {
			break
		}
	}
	return best, nil
}

// around makes what a branch reads from the graphs around it; nil where some of it is not known.
func (s stage) around(ctx context.Context, g *graph.Graph, size float64) (map[*graph.Value]input, error) {
	rng := rand.New(rand.NewPCG(s.seed, 1))
	made := map[*graph.Value]input{}
	for _, v := range reads(g) {
		if v.Constant() != nil {
			continue
		}
		in, err := s.number(ctx, v)
		if err != nil {
			return nil, err
		}
		if t := s.shapes[v]; in.tensor == nil && t.shape != nil && t.elem.IsFloat() {
			in = input{noiseOf(normal, resized(v, t.shape, size), rng), t.elem}
		}
		if in.tensor == nil {
			return nil, nil
		}
		made[v] = in
	}
	return made, nil
}

// number is what a value around a branch holds, where that is a number of its own and not one of many that it could be.
func (s stage) number(ctx context.Context, v *graph.Value) (input, error) {
	if s.fixed[v] {
		run := s.exact.Evaluate()
		for _, n := range s.ordered(coneOf(v, func(*graph.Value) bool { return false })) {
			if err := run.Compute(ctx, n); err != nil {
				return input{}, ctx.Err()
			}
		}
		if t, elem, err := run.Value(v); err == nil {
			return input{t, elem}, nil
		}
		return input{}, nil
	}
	if t, elem, err := s.held(v); err == nil && !elem.IsFloat() {
		return input{t, elem}, nil
	}
	return input{}, nil
}

// resized is the shape of an input of the model whose open dimensions after the first are that many times as large; other shapes stay as
// they are.
func resized(v *graph.Value, shape []int64, by float64) []int64 {
	shape = slices.Clone(shape)
	if !v.IsInput() || len(v.Type().Shape) != len(shape) {
		return shape
	}
	for axis, d := range v.Type().Shape {
		if axis > 0 && d.Size < 0 {
			shape[axis] = max(1, int64(float64(shape[axis])*by))
		}
	}
	return shape
}

// run computes a branch as far as it can be, and shows its values in their order.
func (s stage) run(ctx context.Context, g *graph.Graph, around map[*graph.Value]input, show func(run Evaluation, v *graph.Value, in input)) (*rehearsal, error) {
	h := &rehearsal{around: around, shapes: map[*graph.Value]typed{}, held: map[*graph.Value]input{}}
	run := s.exact.Evaluate()
	run.Watch(func(v *graph.Value, shape []int, elem tensor.Type) { h.shapes[v] = typed{sizes(shape), elem} }) // those in a Loop too
	for v, in := range around {
		if err := run.Set(v, in.tensor, in.elem); err != nil {
			return nil, err
		}
		h.note(v, in)
	}
	return h, s.compute(ctx, h, run, g, show)
}

// compute computes the nodes of a branch one by one, and both branches of each If within.
func (s stage) compute(ctx context.Context, h *rehearsal, run Evaluation, g *graph.Graph, show func(run Evaluation, v *graph.Value, in input)) error {
	last := lastReaders(g)
	for n := range g.Nodes() {
		if err := s.node(ctx, h, run, n, show); err != nil {
			return err
		}
		for within := range n.Subgraphs() {
			if !n.Is("If") {
				break
			}
			if err := s.compute(ctx, h, run, within, show); err != nil {
				return err
			}
		}
		for v := range operands(n) {
			if last[v] == n && v.Graph() == g {
				run.Forget(v)
			}
		}
	}
	return nil
}

// lastReaders are the last nodes of a graph to read each value.
func lastReaders(g *graph.Graph) map[*graph.Value]*graph.Node {
	last := map[*graph.Value]*graph.Node{}
	for n := range g.Nodes() {
		for v := range operands(n) {
			last[v] = n
		}
	}
	return last
}

// node computes a node, or puts noise in place of its results.
func (s stage) node(ctx context.Context, h *rehearsal, run Evaluation, n *graph.Node, show func(run Evaluation, v *graph.Value, in input)) error {
	if !maybeEndless(run, n) {
		if err := run.Compute(ctx, n); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil && rejects(run, n) {
			h.lost++
		}
	}
	for _, v := range results(n) {
		t, elem, err := run.Value(v)
		if err != nil && s.substitute != nil {
			if t, elem = s.substitute(v); t != nil {
				err = run.Set(v, t, elem)
			}
		}
		if err == nil {
			h.note(v, input{t, elem})
			show(run, v, input{t, elem})
		}
	}
	return nil
}

// mostRounds is how often a Loop may run over noise, which may not end it.
const mostRounds = 64

// maybeEndless reports whether a node is a Loop of many rounds, or has one within.
func maybeEndless(run Evaluation, n *graph.Node) bool {
	if n.Is("Loop") {
		rounds := n.Input(0)
		count := rounds.Constant()
		if count == nil && rounds != nil {
			count, _, _ = run.Value(rounds)
		}
		if count == nil || slices.ContainsFunc(count.Float64s(), func(v float64) bool { return v > mostRounds }) {
			return true
		}
	}
	for g := range n.Subgraphs() {
		for within := range g.Nodes() {
			if maybeEndless(run, within) {
				return true
			}
		}
	}
	return false
}

// rejects reports whether a node could not be computed although what it reads is there, and it is one of ONNX: other numbers may do.
func rejects(run Evaluation, n *graph.Node) bool {
	for v := range operands(n) {
		if _, _, err := run.Value(v); err != nil && v.Constant() == nil {
			return false
		}
	}
	return n.Domain == "" || n.Domain == "ai.onnx"
}

// note keeps what a region needs to know of a value.
func (h *rehearsal) note(v *graph.Value, in input) {
	h.shapes[v] = typed{in.tensor.Shape(), in.elem}
	switch {
	case !in.elem.IsFloat():
		h.held[v] = in
	case !slices.ContainsFunc(in.tensor.Numbers(), finite):
		h.lost++
	}
}

// rehearse runs a branch of the first model once.
func (c *inStep) rehearse(ctx context.Context, g *graph.Graph) (err error) {
	if _, done := c.rehearsals[g]; !done {
		c.rehearsals[g], err = stage{c.RegionProof.was, c.borders, c.shapes, c.was.value, c.substitute, c.seed}.rehearse(ctx, g)
	}
	return err
}

// typeOf is the shape and the element type of a value in a region.
func (a *RegionProof) typeOf(r *region, v *graph.Value) (typed, bool) {
	if h := a.rehearsals[r.branch]; h != nil {
		if t, ok := h.shapes[v]; ok {
			return t, true
		}
	}
	t, ok := a.shapes[v]
	return t, ok
}
