package reference

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// plan is a graph ready to be walked.
type plan struct {
	steps   []step
	outputs []*graph.Value
}

// step is one node with the values that nothing reads after it.
type step struct {
	node  *graph.Node
	def   definition
	in    []*graph.Value
	outs  int
	spent []*graph.Value
}

func (s *Session) newPlan(g *graph.Graph) (*plan, error) {
	p := &plan{outputs: g.Outputs()}
	for n := range g.Nodes() {
		def, err := s.define(n)
		if err != nil && !s.partly {
			return nil, nodeError(n, err)
		}
		if err != nil {
			def = definition{run: func(*call) ([]*array, error) { return nil, err }}
		}
		st := step{node: n, def: def}
		for _, v := range n.Inputs() {
			st.in = append(st.in, v)
		}
		for k := range n.NumOutputs() {
			if n.Output(k) != nil {
				st.outs = k + 1
			}
		}
		p.steps = append(p.steps, st)
	}
	p.markSpent(g)
	return p, nil
}

// markSpent walks backwards and notes, at the last step that reads a value of g, that it is spent.
func (p *plan) markSpent(g *graph.Graph) {
	alive := map[*graph.Value]bool{}
	for _, v := range p.outputs {
		alive[v] = true
	}
	for k := len(p.steps) - 1; k >= 0; k-- {
		st := &p.steps[k]
		read := func(v *graph.Value) {
			if v != nil && v.Graph() == g && !alive[v] {
				alive[v] = true
				st.spent = append(st.spent, v)
			}
		}
		for i := range st.outs {
			read(st.node.Output(i))
		}
		for _, v := range st.in {
			read(v)
		}
		for sub := range st.node.Subgraphs() {
			captures(sub, read)
		}
	}
}

// captures visits every value that g and the graphs in it read.
func captures(g *graph.Graph, read func(*graph.Value)) {
	for inner := range g.All() {
		for n := range inner.Nodes() {
			for _, v := range n.Inputs() {
				read(v)
			}
		}
		for _, v := range inner.Outputs() {
			read(v)
		}
	}
}

// define finds the operator of a node and checks what can be checked without values.
func (s *Session) define(n *graph.Node) (definition, error) {
	if f := n.Callee(); f != nil {
		return s.defineCall(n, f)
	}
	if n.Domain != "" && n.Domain != "ai.onnx" {
		return definition{}, fmt.Errorf("operators of domain %q are not known to the reference backend", n.Domain)
	}
	def, ok := s.table[n.OpType]
	if !ok {
		return def, fmt.Errorf("the operator is not known to the reference backend")
	}
	if n.NumInputs() < def.min || def.max >= 0 && n.NumInputs() > def.max {
		return def, fmt.Errorf("the node has %d inputs, which its operator does not allow", n.NumInputs())
	}
	for k := range def.min {
		if n.Input(k) == nil {
			return def, fmt.Errorf("input %d is absent", k)
		}
	}
	names := strings.Fields(def.attrs)
	for _, a := range n.Attrs() {
		if a.Ref != "" && n.Graph().Model() == s.model {
			return def, fmt.Errorf("attribute %s refers to the attribute of a function", a.Name)
		}
		if !slices.Contains(names, a.Name) {
			return def, fmt.Errorf("attribute %s is not known to the reference backend", a.Name)
		}
	}
	return def, nil
}

// nodeError names the node and its operator.
func nodeError(n *graph.Node, err error) error {
	return fmt.Errorf("node %s (%s): %w", n.Label(), n.OpType, err)
}

// frame holds the values of one run, those of sub-graphs included.
type frame struct {
	session *Session
	values  map[*graph.Value]*array // nil for an input that the call of a function leaves out
	attrs   map[string]*graph.Attr  // of the function whose body runs
	watch   func(v *graph.Value, shape []int, elem tensor.Type)
}

// execute runs the nodes of g in order and returns its outputs.
func (f *frame) execute(ctx context.Context, g *graph.Graph) ([]*array, error) {
	p := f.session.plans[g]
	for k := range p.steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.step(ctx, g, &p.steps[k]); err != nil {
			return nil, err
		}
	}
	out := make([]*array, len(p.outputs))
	for k, v := range p.outputs {
		a, err := f.value(v)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", v.Name(), err)
		}
		out[k] = a
	}
	return out, nil
}

// step runs one node, and drops what is spent.
func (f *frame) step(ctx context.Context, g *graph.Graph, st *step) error {
	if err := f.compute(ctx, g, st); err != nil {
		return err
	}
	for _, v := range st.spent {
		delete(f.values, v)
	}
	return nil
}

// compute runs one node.
func (f *frame) compute(ctx context.Context, g *graph.Graph, st *step) error {
	c := &call{ctx: ctx, node: st.node, attrs: f.resolve(st.node.Attrs()), opset: g.Opset(), outs: st.outs, limit: f.session.limit, frame: f}
	for k, v := range st.in {
		if f.absent(v) {
			if k < st.def.min {
				return nodeError(st.node, fmt.Errorf("input %d is absent", k))
			}
			c.in = append(c.in, nil)
			continue
		}
		a, err := f.value(v)
		if err != nil {
			return nodeError(st.node, fmt.Errorf("input %d: %w", k, err))
		}
		c.in = append(c.in, a)
	}
	out, err := st.compute(c)
	if err != nil {
		return nodeError(st.node, err)
	}
	for k := range st.outs {
		if v := st.node.Output(k); v != nil {
			f.values[v] = out[k]
			if f.watch != nil {
				f.watch(v, out[k].shape, out[k].typ)
			}
		}
	}
	return nil
}

// unexpected begins the errors that stand for a crash.
const unexpected = "inputs do not fit the operator"

// compute calls the operator. An operator checks its inputs; should one be read past its end all the
// same, the caller gets an error and not a crash.
func (st *step) compute(c *call) (out []*array, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("%s: %v", unexpected, r)
		}
	}()
	out, err = st.def.run(c)
	switch {
	case c.err != nil:
		return nil, c.err
	case err != nil:
		return nil, err
	case len(out) < c.outs || slices.Contains(out, nil):
		return nil, fmt.Errorf("output %d is not computed", len(out))
	}
	return out, nil
}

// absent reports whether there is no such input, or the call of the function leaves it out.
func (f *frame) absent(v *graph.Value) bool {
	a, bound := f.values[v]
	return v == nil || bound && a == nil
}

// value is the array of a value: computed in this run, or a constant.
func (f *frame) value(v *graph.Value) (*array, error) {
	if a := f.values[v]; a != nil {
		return a, nil
	}
	if a := f.session.decoded.of[v]; a != nil {
		return a, nil
	}
	if v == nil || !v.IsInitializer() || v.Data() == nil {
		return nil, fmt.Errorf("the value has no data")
	}
	a, err := fromTensor(v.Data())
	if err != nil {
		return nil, fmt.Errorf("initializer %q: %w", v.Name(), err)
	}
	f.session.decoded.keep(v, a)
	return a, nil
}
