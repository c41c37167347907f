package verify

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// branches finds values that mean the same within the branches of Ifs, whether or not the inputs lead into them. Both models run such
// a branch over the same noise. What is found around a branch within tells in turn what that one reads.
func (m matches) branches(ctx context.Context, models side[*graph.Model], exact side[Exact], on stage) error {
	for {
		known := len(m.origin)
		on.borders = findBorders(models.was, models.is, func(v *graph.Value) *graph.Value { return m.origin[v] })
		for _, p := range on.pairs {
			if on.branch[p.was] != p.was {
				continue // it is in another one, which is run with all that is in it
			}
			if err := m.branch(ctx, p, exact, on); err != nil {
				return err
			}
		}
		if len(m.origin) == known {
			return nil
		}
	}
}

// branch does so for one branch.
func (m matches) branch(ctx context.Context, p graphs, exact side[Exact], was stage) error {
	h, err := was.rehearse(ctx, p.was)
	if h == nil || err != nil {
		return err
	}
	is := was
	is.exact = exact.is
	around, err := is.counterparts(ctx, p.is, h.around)
	if around == nil || err != nil {
		return err
	}
	known := gallery{byShape: map[string][]sketch{}}
	if _, err := was.run(ctx, p.was, h.around, func(_ Evaluation, v *graph.Value, in input) {
		known.add(sketchWithin(v.Graph(), v, in), in.tensor)
	}); err != nil {
		return err
	}
	_, err = is.run(ctx, p.is, around, func(run Evaluation, v *graph.Value, in input) {
		if s := sketchWithin(was.paired[v.Graph()], v, in); m.origin[v] == nil {
			m.take(run, s, s.nearestOf(known.byShape[s.shape]))
		} else {
			m.take(run, s, known.of(s.shape, m.origin[v]))
		}
	})
	for _, within := range was.pairs {
		for _, r := range within.results {
			if was.branch[within.was] == p.was {
				m.decidedBy(r[0], r[1])
			}
		}
	}
	return err
}

// counterparts are what a branch of the second model reads, given what that of the first does; nil where some of it is not known.
func (s stage) counterparts(ctx context.Context, g *graph.Graph, around map[*graph.Value]input) (map[*graph.Value]input, error) {
	made := map[*graph.Value]input{}
	for _, v := range reads(g) {
		if v.Constant() != nil {
			continue
		}
		in, ok := around[s.was[v]]
		if !ok && s.fixed[v] {
			var err error
			if in, err = s.number(ctx, v); err != nil {
				return nil, err
			}
		}
		if in.tensor == nil {
			return nil, nil
		}
		made[v] = in
	}
	return made, nil
}

// sketchWithin is a sketch of a value that goes with those of one graph alone.
func sketchWithin(g *graph.Graph, v *graph.Value, in input) sketch {
	s := sketchOf(v, in.tensor, in.elem)
	s.shape = fmt.Sprintf("%p %s", g, s.shape)
	return s
}

// of is the sketch of a value; nil where there is none.
func (g *gallery) of(shape string, v *graph.Value) *sketch {
	for k := range g.byShape[shape] {
		if s := &g.byShape[shape][k]; s.value == v {
			return s
		}
	}
	return nil
}

// take notes that a value goes with one of the first model, and gives it that one's numbers, so that what is different here does not
// add up with what is different later.
func (m matches) take(run Evaluation, s sketch, w *sketch) {
	if w == nil {
		return
	}
	m.origin[s.value] = w.value
	if w.whole != nil {
		_ = run.Set(s.value, w.whole, w.elem)
	}
}

// surroundings are what the first model has around its branches.
type surroundings struct {
	shapes map[*graph.Value]typed
	held   map[*graph.Value]input // integers and truth values
}

func (s surroundings) note(v *graph.Value, t *tensor.Tensor, elem tensor.Type) {
	s.shapes[v] = typed{t.Shape(), elem}
	if !elem.IsFloat() {
		s.held[v] = input{t, elem}
	}
}

// number is what an integer or a truth value is.
func (s surroundings) number(v *graph.Value) (*tensor.Tensor, tensor.Type, error) {
	if in, ok := s.held[v]; ok {
		return in.tensor, in.elem, nil
	}
	return nil, tensor.Undefined, fmt.Errorf("value %q is not held", v.Name())
}
