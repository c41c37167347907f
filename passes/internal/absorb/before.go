package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// before plans the fold into the targets that the operand comes from: they give it with the map applied already. No
// other node may use what is between.
func (m Map) before() (*tree, *refusal.Refusal) {
	t := newTree(m, false)
	operand := m.Node.Input(m.Operand)
	if why := t.findBefore(operand); why != nil {
		return t, why
	}
	numbers, unsure, why := m.numbers(t.order[0].target)
	if why != nil {
		return t, why
	}
	t.unsure = unsure
	if why := t.give(operand, numbers); why != nil {
		return t, why
	}
	return t, t.run(t.stepBefore)
}

// findBefore finds the nodes that a value comes from, back to the targets.
func (t *tree) findBefore(operand *graph.Value) *refusal.Refusal {
	notTarget := func() *refusal.Refusal {
		return refusal.New(refusal.NoConvolution, "%q does not come from a convolution or a product with a constant matrix", operand.Name())
	}
	if p := operand.Producer(); p != nil && !mayBeTarget(p) {
		if count, output := mainUses(operand); output || count != 1 {
			return elsewhere(operand)
		}
	}
	var unread *refusal.Refusal
	open := []*graph.Value{operand}
	for len(open) > 0 {
		v := open[0]
		open = open[1:]
		t.uses[v]++
		if t.uses[v] > 1 {
			continue
		}
		t.values = append(t.values, v)
		if v.Producer() == nil || v.UseCount() > maxOperands {
			return notTarget()
		}
		if s := t.steps[v.Producer()]; s != nil {
			s.waits++
			continue
		}
		s, why := t.reachBack(v)
		switch {
		case s == nil && why != nil:
			return why
		case s == nil && len(t.order) > 0:
			return refusal.New(refusal.NoConvolution, "%q comes over %s from %s, which is no convolution or product with a constant matrix", operand.Name(), t.order[0].node.Label(), v.Producer().Label())
		case s == nil || !t.add(s):
			return notTarget()
		case unread == nil:
			unread = why
		}
		open = append(open, t.sources(s)...)
	}
	if why := t.usedElsewhere(); why != nil {
		return why
	}
	if unread == nil && !t.hasTarget() {
		return notTarget()
	}
	return unread
}

// reachBack is the step that the producer of a value is, nil where the map can go no further. It may be a target that cannot
// be read, with the reason.
func (t *tree) reachBack(v *graph.Value) (*step, *refusal.Refusal) {
	p := v.Producer()
	s := &step{node: p, waits: 1}
	var why *refusal.Refusal
	if s.target, why = t.readTarget(v); s.target != nil || why != nil {
		if v.Graph() != t.Node.Graph() {
			return nil, usedHere(v, t.Node)
		}
		return s, why
	}
	if quantizes(p) {
		return nil, refusal.New(refusal.Quantized, "%q comes from %s, which rounds to integers; fuse the model before it is quantized", v.Name(), p.Label())
	}
	s.cross = readCrossing(p, t.Known)
	if s.cross == nil || v.Graph() != t.Node.Graph() || s.cross.gate && !t.chooseGate(s.cross) {
		return nil, nil
	}
	return s, nil
}

// sources is the operands of a step that is crossed which the map goes on to.
func (t *tree) sources(s *step) []*graph.Value {
	if s.cross == nil {
		return nil
	}
	var out []*graph.Value
	for _, i := range s.cross.operands() {
		if in := s.node.Input(i); in != nil && (in.Constant() == nil || !s.cross.changesConstants()) {
			out = append(out, in)
		}
	}
	return out
}

// readTarget is the target that gives a value.
func (t *tree) readTarget(v *graph.Value) (target, *refusal.Refusal) {
	if v.ProducerIndex() != 0 {
		return nil, nil
	}
	return readTarget(v.Producer(), t.Node, t.Known)
}

// chooseGate chooses the factor of a product that is to be scaled; false where none can be.
func (t *tree) chooseGate(c *crossing) bool {
	for _, p := range c.parts {
		v := c.node.Input(p.operand)
		if c.lost || v.Producer() == nil {
			continue
		}
		to, why := t.readTarget(v)
		if to != nil || why != nil || readCrossing(v.Producer(), t.Known) != nil {
			c.parts = []part{p}
			return true
		}
	}
	return false
}

// changesConstants reports whether a constant operand takes its share by becoming another constant.
func (c *crossing) changesConstants() bool { return c.signs != nil || c.node.Is("Concat") }

// usedElsewhere refuses a tree with a value that others use too.
func (t *tree) usedElsewhere() *refusal.Refusal {
	for _, v := range t.values {
		if count, output := mainUses(v); !output && count == t.uses[v] {
			continue
		}
		if t.steps[v.Producer()].target != nil && !t.computes() {
			if why := soleUse(v); why != nil {
				return why
			}
		}
		return elsewhere(v)
	}
	return nil
}

func elsewhere(v *graph.Value) *refusal.Refusal {
	return refusal.New(refusal.NoConvolution, "%q, which is between it and the convolution, is used elsewhere", v.Name())
}

// computes reports whether there is arithmetic on the way. What others read there mostly belongs to an activation.
func (t *tree) computes() bool {
	return slices.ContainsFunc(t.order, func(s *step) bool { return s.cross != nil && s.cross.computes })
}

// give joins the labels that one use asks of a value with those of the others.
func (t *tree) give(v *graph.Value, m mapped) *refusal.Refusal {
	if old, ok := t.state[v]; ok {
		if m, ok = old.meet(m); !ok {
			return refusal.New(refusal.NotChannel, "%q would have to hold different numbers for each of the nodes that read it; it folds if only one does", v.Name())
		}
	}
	t.state[v] = m
	if t.uses[v]--; t.uses[v] > 0 {
		return nil
	}
	s := t.steps[v.Producer()]
	if s.waits--; s.waits == 0 {
		t.ready = append(t.ready, s)
	}
	return nil
}

// stepBefore plans what a node has to become whose results are to be mapped.
func (t *tree) stepBefore(s *step) *refusal.Refusal {
	if s.target != nil {
		a, why := t.fits(s.target, t.state[s.node.Output(0)])
		if why != nil {
			return why
		}
		made, why := s.target.after(a)
		if why == nil {
			why = t.Needed(t.Node.Output(0), made.constant)
		}
		t.take(s.target, made)
		return why
	}
	c := s.cross
	if c.lost {
		return cannotBeFollowed(s.node.Label())
	}
	asked := map[int]mapped{} // of each operand
	shifted := t.shifted(c)
	for _, p := range c.parts {
		m, why := t.asks(c, p)
		if why != nil {
			return why
		}
		in := s.node.Input(p.operand)
		if c.signs != nil {
			m = m.share(c.signs[p.operand], p.operand == shifted)
		}
		if in.Constant() != nil && c.changesConstants() {
			if why := t.changeConstant(c, p, m); why != nil {
				return why
			}
			continue
		}
		if m, why = t.through(c, p, m); why != nil {
			return why
		}
		if old, ok := asked[p.operand]; ok {
			if m, ok = old.meet(m); !ok {
				return cannotBeFollowed(s.node.Label())
			}
		}
		asked[p.operand] = m
	}
	for _, i := range c.operands() {
		if m, ok := asked[i]; ok {
			if why := t.give(s.node.Input(i), m); why != nil {
				return why
			}
		}
	}
	return nil
}

// asks is the labels of a result, and of what its numbers have to be in front of the operator.
func (t *tree) asks(c *crossing, p part) (mapped, *refusal.Refusal) {
	out := c.node.Output(p.output)
	m, ok := t.state[out]
	if !ok {
		for i := range c.node.NumOutputs() {
			if known, ok := t.state[c.node.Output(i)]; ok {
				m = t.unchanged(out, known)
			}
		}
	}
	if c.lets == nil {
		return m, nil
	}
	m, edit, why := c.lets(m, true)
	t.change(edit)
	return m, why
}

// shifted is the operand of a sum that takes the constant: a constant, or else one that is a target, or else the first.
func (t *tree) shifted(c *crossing) int {
	best, rank := 0, 0
	for _, p := range c.parts {
		in, now := c.node.Input(p.operand), 1
		if s := t.steps[in.Producer()]; in.Constant() != nil {
			now = 3
		} else if s != nil && s.target != nil {
			now = 2
		}
		if now > rank {
			best, rank = p.operand, now
		}
	}
	return best
}

// changeConstant plans another constant for an operand.
func (t *tree) changeConstant(c *crossing, p part, m mapped) *refusal.Refusal {
	old, why := algebra.Parameter(c.node, p.operand, "constant")
	if why != nil {
		return why
	}
	if c.signs == nil {
		if m, why = t.through(c, p, m); why != nil {
			return why
		}
	}
	made, why := constantOf(old, m, func(x, scale, offset float64) float64 { return float64(scale*x) + offset })
	if why != nil {
		return why
	}
	t.setConstant(c.node, p.operand, made)
	return nil
}
