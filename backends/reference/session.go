package reference

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Session runs one graph. It is not safe for concurrent use. The graph must not change while the
// session is open.
type Session struct {
	model   *graph.Model
	table   map[string]definition
	plans   map[*graph.Graph]*plan
	sizes   map[*graph.Function]int // nodes, those of called functions included
	decoded constants
	limit   int
	partly  bool                     // whether a node that cannot be run is an error only when it is reached
	steps   map[*graph.Node]location // of all plans, made at the first evaluation
	closed  bool
}

var _ backends.Session = (*Session)(nil)

// OpenGraph makes a graph in memory ready to run. Changed initializers are read in float64 and not
// rounded. It fails when a node has an operator that this package does not know, and names it.
func OpenGraph(m *graph.Model) (*Session, error) { return openGraph(m, maxElements, false) }

// OpenPartly is [OpenGraph] for a graph with operators that this package does not know: a node is an error when
// it is reached.
func OpenPartly(m *graph.Model) (*Session, error) { return openGraph(m, maxElements, true) }

func openGraph(m *graph.Model, limit int, partly bool) (*Session, error) {
	s := &Session{
		model:  m,
		table:  operators(),
		plans:  map[*graph.Graph]*plan{},
		sizes:  map[*graph.Function]int{},
		limit:  limit,
		partly: partly,
	}
	for g := range m.Graph.All() {
		if err := s.addPlan(g); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Session) addPlan(g *graph.Graph) error {
	p, err := s.newPlan(g)
	if err == nil {
		s.plans[g] = p
	}
	return err
}

// Run computes all outputs from all inputs, and rounds each once to the element type that the
// computation gives it (which is the declared one in a valid model).
func (s *Session) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	return s.run(ctx, in, func(t tensor.Type) tensor.Type { return t })
}

// RunFloat64 is [Session.Run] without any rounding: every floating-point output is a tensor of type
// double. Inputs of type double are taken for any declared floating-point type.
func (s *Session) RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	return s.run(ctx, in, func(t tensor.Type) tensor.Type {
		if t.IsFloat() {
			return tensor.Float64
		}
		return t
	})
}

func (s *Session) run(ctx context.Context, in tensor.Map, rounded func(tensor.Type) tensor.Type) (tensor.Map, error) {
	if s.closed {
		return nil, errors.New("the session is closed")
	}
	f := &frame{session: s, values: map[*graph.Value]*array{}}
	if err := f.bind(s.model.Graph, in); err != nil {
		return nil, err
	}
	results, err := f.execute(ctx, s.model.Graph)
	if err != nil {
		return nil, err
	}
	out := tensor.Map{}
	for k, v := range s.model.Graph.Outputs() {
		t, err := results[k].toTensor(rounded(results[k].typ))
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", v.Name(), err)
		}
		out[v.Name()] = t
	}
	return out, nil
}

// Close drops the decoded constants.
func (s *Session) Close() error {
	s.closed, s.decoded, s.plans = true, constants{}, nil
	return nil
}

// bind checks the inputs against their declarations and makes them values.
func (f *frame) bind(g *graph.Graph, in tensor.Map) error {
	known := map[string]bool{}
	symbols := map[string]int64{}
	for _, v := range g.Inputs() {
		known[v.Name()] = true
		t, given := in[v.Name()]
		if !given || t == nil {
			if v.IsInitializer() {
				continue
			}
			return fmt.Errorf("input %q is missing", v.Name())
		}
		if v.IsInitializer() && !v.Overridable() {
			return fmt.Errorf("input %q is a constant of the model", v.Name())
		}
		if err := fits(v.Type(), t, symbols); err != nil {
			return fmt.Errorf("input %q: %w", v.Name(), err)
		}
		a, err := fromTensor(t)
		if err != nil {
			return fmt.Errorf("input %q: %w", v.Name(), err)
		}
		if v.Type().Elem.IsFloat() {
			a.typ = v.Type().Elem
		}
		f.values[v] = a
	}
	for name := range in {
		if !known[name] {
			return fmt.Errorf("the model has no input %q", name)
		}
	}
	return nil
}

// fits reports how a tensor contradicts the declaration of an input; symbols holds the sizes that
// symbolic dimensions have so far.
func fits(typ graph.Type, t *tensor.Tensor, symbols map[string]int64) error {
	widened := t.Type() == tensor.Float64 && typ.Elem.IsFloat()
	if typ.Elem != tensor.Undefined && typ.Elem != t.Type() && !widened {
		return fmt.Errorf("the tensor is %s, and the model declares %s", t.Type(), typ.Elem)
	}
	if !typ.Ranked {
		return nil
	}
	if len(typ.Shape) != t.Rank() {
		return fmt.Errorf("shape [%s] does not fit %s", tensor.FormatShape(t.Shape()), typ)
	}
	for k, d := range typ.Shape {
		size := t.Shape()[k]
		if d.Size >= 0 && d.Size != size {
			return fmt.Errorf("shape [%s] does not fit %s", tensor.FormatShape(t.Shape()), typ)
		}
		if d.Size < 0 && d.Param != "" {
			if was, ok := symbols[d.Param]; ok && was != size {
				return fmt.Errorf("dimension %s is %d here and %d before", d.Param, size, was)
			}
			symbols[d.Param] = size
		}
	}
	return nil
}
