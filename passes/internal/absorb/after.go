package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// after plans the fold into the targets that the result goes into. Each node that reads it must take it in, or let it
// pass to where it is taken in.
func (m Map) after() (*tree, *refusal.Refusal) {
	t := newTree(m, true)
	result := m.Node.Output(0)
	if why := t.findAfter(result); why != nil {
		return t, why
	}
	numbers, unsure, why := m.numbers(nil)
	if why != nil {
		return t, why
	}
	if unsure {
		return t, refusal.New(refusal.NotChannel, "the number of channels or of axes of %q is not known; export the model with its shapes", m.Node.Input(m.Operand).Name())
	}
	t.pass(result, numbers)
	return t, t.run(t.stepAfter)
}

// findAfter finds the nodes that a value goes into, up to the targets.
func (t *tree) findAfter(result *graph.Value) *refusal.Refusal {
	notTarget := func() *refusal.Refusal {
		return refusal.New(refusal.NoConvolution, "%q does not go only into convolutions or products with constant matrices", result.Name())
	}
	open := []*graph.Value{result}
	for len(open) > 0 {
		v := open[0]
		open = open[1:]
		t.values = append(t.values, v)
		if v.IsOutput() || v.UseCount() > maxOperands {
			return notTarget()
		}
		for use := range v.Uses() {
			if use.Node.Is("Shape") {
				continue
			}
			results, ok, why := t.reach(v, use)
			if why != nil {
				return why
			}
			if !ok {
				return notTarget()
			}
			open = append(open, results...)
		}
	}
	if !t.hasTarget() {
		return notTarget()
	}
	return nil
}

// reach makes a node that reads a value a step, and gives its results where it is crossed for the first time; false where the
// map can go no further.
func (t *tree) reach(v *graph.Value, use *graph.Use) (results []*graph.Value, ok bool, why *refusal.Refusal) {
	n := use.Node
	if n.Graph() != t.Node.Graph() {
		return nil, false, nil
	}
	if s := t.steps[n]; s != nil {
		s.waits++
		return nil, s.cross != nil && s.reads(use.Index), nil
	}
	s := &step{node: n, waits: 1}
	if readsImage(n, use.Index) && !n.Is("Add") {
		if s.target, why = readTarget(n, t.Node, t.Known); why != nil || s.target != nil {
			return nil, t.add(s), why
		}
	}
	if quantizes(n) {
		return nil, false, refusal.New(refusal.Quantized, "%q goes into %s, which rounds to integers; fuse the model before it is quantized", v.Name(), n.Label())
	}
	if s.cross = readCrossing(n, t.Known); s.cross == nil || !s.reads(use.Index) {
		return nil, false, nil
	}
	for i := range n.NumOutputs() {
		if out := n.Output(i); out != nil && out.Used() {
			results = append(results, out)
		}
	}
	return results, t.add(s), nil
}

// reads reports whether an input holds numbers that the maps are for.
func (s *step) reads(input int) bool {
	for _, i := range s.cross.operands() {
		if i == input || s.cross.lost {
			return true
		}
	}
	return false
}

// pass hands the labels of a value to the nodes that read it.
func (t *tree) pass(v *graph.Value, m mapped) {
	t.state[v] = m
	for use := range v.Uses() {
		s := t.steps[use.Node]
		if s == nil {
			continue
		}
		if s.waits--; s.waits == 0 {
			t.ready = append(t.ready, s)
		}
	}
}

// stepAfter plans what a node has to become whose operands are no longer mapped.
func (t *tree) stepAfter(s *step) *refusal.Refusal {
	if s.target != nil {
		a, why := t.fits(s.target, t.stateOf(s.node))
		if why != nil {
			return why
		}
		made, why := s.target.before(a)
		t.take(s.target, made)
		return why
	}
	c := s.cross
	if c.lost {
		return cannotBeFollowed(s.node.Label())
	}
	if c.signs != nil {
		return t.sumAfter(c)
	}
	out := map[int]mapped{} // of each result
	var inside int
	for _, p := range c.parts {
		in := s.node.Input(p.operand)
		m, ok := t.state[in]
		if !ok && c.gate {
			continue
		}
		if inside++; c.gate && inside > 1 {
			return stays(s.node, "it multiplies the number by itself")
		}
		if !ok {
			m = t.unchanged(in, t.stateOf(s.node))
		}
		var why *refusal.Refusal
		if c.lets != nil {
			var edit func()
			if m, edit, why = c.lets(m, false); why != nil {
				return why
			}
			t.change(edit)
		}
		if m, why = t.through(c, p, m); why != nil {
			return why
		}
		if old, ok := out[p.output]; ok {
			if m, ok = old.meet(m); !ok {
				return cannotBeFollowed(s.node.Label())
			}
		}
		out[p.output] = m
	}
	for i := range s.node.NumOutputs() {
		if m, ok := out[i]; ok {
			t.pass(s.node.Output(i), m)
		}
	}
	return nil
}

// stateOf is the labels of an operand that has some.
func (t *tree) stateOf(n *graph.Node) mapped {
	for _, v := range n.Inputs() {
		if m, ok := t.state[v]; ok {
			return m
		}
	}
	return mapped{}
}

// sumAfter sends maps through a sum. All addends have one scale, and the constants add up.
func (t *tree) sumAfter(c *crossing) *refusal.Refusal {
	var sum mapped
	var constants []part
	first := true
	for _, p := range c.parts {
		in := c.node.Input(p.operand)
		m, ok := t.state[in]
		if !ok && in.Constant() != nil {
			constants = append(constants, p)
			continue
		}
		if !ok {
			m = t.unchanged(in, t.stateOf(c.node))
		}
		m, why := t.through(c, p, m)
		if why != nil {
			return why
		}
		m = m.share(c.signs[p.operand], true)
		if first {
			sum, first = m, false
			continue
		}
		if sum, ok = sum.plus(m); !ok {
			return stays(c.node, "a scale passes that only if it is the same for all addends")
		}
	}
	for _, p := range constants {
		old, why := algebra.Parameter(c.node, p.operand, "constant")
		if why != nil {
			return why
		}
		if !sum.all(func(scale, _ float64) bool { return scale != 0 }) {
			return stays(c.node, "a scale of zero does not pass that")
		}
		made, why := constantOf(old, sum, func(x, scale, _ float64) float64 { return x / scale })
		if why != nil {
			return why
		}
		t.setConstant(c.node, p.operand, made)
	}
	t.pass(c.node.Output(0), sum)
	return nil
}

// setConstant notes another constant for an operand.
func (t *tree) setConstant(n *graph.Node, i int, made *tensor.Tensor) {
	t.change(func() { emit.SetParameter(n, i, n.Input(i).Name(), made) })
}
