package verify

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// inStep is one run of both models in step.
type inStep struct {
	*RegionProof
	was, is *line
	noise   bool
	due     map[*graph.Node][]*region // by the node of the second model that computes the result
	late    []*region                 // whose result no node of the second model computes
	held    map[*region][]*graph.Value
	noised  map[*region]bool // those that were compared over noise already
}

func (a *RegionProof) start(in tensor.Map, noise bool) (*inStep, error) {
	c := &inStep{RegionProof: a, noise: noise, due: map[*graph.Node][]*region{}, held: map[*region][]*graph.Value{}, noised: map[*region]bool{}}
	var err error
	run := a.was.Evaluate()
	run.Watch(func(v *graph.Value, shape []int, elem tensor.Type) {
		a.shapes[v] = typed{sizes(shape), elem}
		a.reached[v.Graph()] = true
	})
	if c.was, err = newLine(run, a.models.was, in); err != nil {
		return nil, err
	}
	c.was.substitute = a.substitute
	if c.is, err = newLine(a.is.Evaluate(), a.models.is, in); err != nil {
		return nil, err
	}
	for _, r := range a.regions {
		if r.body {
			c.holdAround(r)
			continue
		}
		if a.brief && a.verdicts[r].unequal() {
			continue
		}
		c.hold(r)
		if n := r.result.is.Producer(); n != nil {
			c.due[n] = append(c.due[n], r)
		} else {
			c.late = append(c.late, r)
		}
	}
	return c, nil
}

// hold keeps what a region is compared over: its inputs, and the integers that are inputs once it is widened.
func (c *inStep) hold(r *region) {
	c.was.hold(r.result.was)
	c.is.hold(r.result.is)
	for w := r; w != nil; w = c.borders.widen(w) {
		for _, v := range w.inputs {
			if w == r || !c.shapes[v.was].elem.IsFloat() {
				c.was.hold(v.was)
				c.held[r] = append(c.held[r], v.was)
			}
		}
	}
}

// holdAround keeps to the end what a region of a sub-graph that is equal by its constants reads from the main graph, and the integers
// that the branch reads which it lies in.
func (c *inStep) holdAround(r *region) {
	for _, v := range r.inputs {
		if len(r.constants) > 0 && v.was.Graph() == c.models.was.Graph {
			c.was.hold(v.was)
		}
	}
	if r.branch == nil {
		return
	}
	for v := range captured(r.branch) {
		if t, known := c.shapes[v]; v.Constant() == nil && v.Graph() == c.models.was.Graph && !(known && t.elem.IsFloat()) {
			c.was.hold(v)
		}
	}
}

func sizes(shape []int) []int64 {
	list := make([]int64, len(shape))
	for i, d := range shape {
		list[i] = int64(d)
	}
	return list
}

// walk runs the second model, and the first as far as the second has come.
func (c *inStep) walk(ctx context.Context) error {
	total := float64(len(c.is.rest))
	for {
		n, err := c.is.step(ctx)
		if err != nil {
			return err
		}
		if n == nil {
			break
		}
		if err := c.follow(ctx, n); err != nil {
			return err
		}
		for _, r := range c.due[n] {
			if err := c.compare(ctx, r); err != nil {
				return err
			}
		}
		if c.went != nil {
			c.went(1-float64(len(c.is.rest))/total, n)
		}
	}
	for _, r := range c.late {
		if err := c.compare(ctx, r); err != nil {
			return err
		}
	}
	for n, err := c.was.step(ctx); n != nil || err != nil; n, err = c.was.step(ctx) {
		if err != nil {
			return err
		}
	}
	return c.bodies(ctx)
}

// follow gives the second model what the first has where a node cannot be run.
func (c *inStep) follow(ctx context.Context, n *graph.Node) error {
	for k := range n.NumOutputs() {
		v := n.Output(k)
		if v == nil || c.is.failed[v] == nil || c.borders.was[v] == nil {
			continue
		}
		w := c.borders.was[v]
		if err := c.was.until(ctx, w); err != nil {
			return err
		}
		if t, elem, err := c.was.value(w); err == nil && c.is.run.Set(v, t, elem) == nil {
			c.is.replaced, c.is.given[v] = append(c.is.replaced, c.is.failed[v]), true
			delete(c.is.failed, v)
		}
	}
	return nil
}

// compare compares a region whose result the second model has just computed.
func (c *inStep) compare(ctx context.Context, r *region) error {
	if done, err := c.byConstants(ctx, r); done || err != nil {
		if err == nil {
			err = c.gaugeEqual(ctx, r)
		}
		c.letGo(r)
		return err
	}
	for _, v := range append([]side[*graph.Value]{r.result}, r.inputs...) {
		if err := c.was.until(ctx, v.was); err != nil {
			return err
		}
	}
	defer c.letGo(r)
	inputs := c.inputsOf(r)
	if err := c.actual(ctx, r, inputs); err != nil {
		return err
	}
	if !c.noise || c.noised[r] || c.brief && c.verdicts[r].unequal() {
		return nil
	}
	return c.overNoise(ctx, r, inputs)
}

// unreached compares regions over noise. It may stop at the first one that differs. What the models have there is not needed for that, and
// takes the longer the deeper a region lies.
func (c *inStep) unreached(ctx context.Context, stop bool) error {
	for _, r := range c.regions {
		if r.body {
			continue
		}
		if done, err := c.byConstants(ctx, r); err != nil {
			return err
		} else if done {
			continue
		}
		if err := c.overNoise(ctx, r, make([]input, len(r.inputs))); err != nil {
			return err
		}
		if stop && c.verdicts[r].unequal() {
			return nil
		}
		c.noised[r] = c.verdicts[r].compared
	}
	return nil
}

// letGo releases what was held for a region.
func (c *inStep) letGo(r *region) {
	c.was.release(r.result.was)
	c.is.release(r.result.is)
	for _, v := range c.held[r] {
		c.was.release(v)
	}
}

// inputsOf is what the first model has at the inputs of a region.
func (c *inStep) inputsOf(r *region) []input {
	inputs := make([]input, len(r.inputs))
	h := c.rehearsals[r.branch]
	for i, v := range r.inputs {
		if h != nil && h.held[v.was].tensor != nil {
			inputs[i] = h.held[v.was]
		} else if t, elem, err := c.was.value(v.was); err == nil {
			inputs[i] = input{t, elem}
		}
	}
	return inputs
}

// actual compares a region over what the models have there. Most often what each computes for itself agrees already.
func (c *inStep) actual(ctx context.Context, r *region, inputs []input) error {
	v := c.verdicts[r]
	want, _, err := c.was.value(r.result.was)
	if err != nil || len(c.was.replaced) > 0 {
		if err != nil && v.reason == "" {
			v.reason = err.Error()
		}
		return nil
	}
	if got, _, err := c.is.value(r.result.is); err == nil && !c.is.given[r.result.is] && len(r.graphs)+len(c.suspects) == 0 && difference64(want, got) <= AlgebraTolerance {
		c.note(r, want, difference64(want, got), AlgebraTolerance, nil)
		return nil
	}
	return c.over(ctx, r, inputs)
}

// bodies compares the regions of sub-graphs, over noise.
func (c *inStep) bodies(ctx context.Context) error {
	for _, r := range c.regions {
		if !r.body || !c.noise {
			continue
		}
		if err := c.inBody(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// inBody compares a region of a sub-graph. A branch that the inputs do not reach is rehearsed first.
func (c *inStep) inBody(ctx context.Context, r *region) error {
	if !c.reached[r.result.was.Graph()] && r.branch != nil {
		if err := c.rehearse(ctx, r.branch); err != nil {
			return err
		}
	}
	done, err := c.byConstants(ctx, r)
	switch {
	case err != nil:
		return err
	case done:
		return c.gaugeEqual(ctx, r)
	}
	return c.overNoise(ctx, r, c.inputsOf(r))
}
