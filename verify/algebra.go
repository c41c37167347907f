package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// AlgebraResult is how the rewritten regions of two models compare in float64, unrounded.
type AlgebraResult struct {
	Regions     int           `json:"regions"`  // that were rewritten
	Compared    int           `json:"compared"` // of these
	Worst       *RegionResult `json:"worst,omitempty"`
	NotCompared []NotCompared `json:"not_compared,omitempty"`
}

// RegionResult is the largest difference of the two versions of a region.
type RegionResult struct {
	Value string `json:"value"` // which the region computes, by its name in the first model
	Node  string `json:"node"`  // that computes it in the second
	// MaxRel is the largest difference over the largest magnitude of what the first version computes.
	MaxRel Number `json:"max_rel"`
	Bound  Number `json:"bound"`
}

// NotCompared is a region that could not be run.
type NotCompared struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Equal reports whether no region differs.
func (r AlgebraResult) Equal() bool {
	return r.Worst == nil || float64(r.Worst.MaxRel) <= float64(r.Worst.Bound)
}

// Complete reports whether every region was compared.
func (r AlgebraResult) Complete() bool { return len(r.NotCompared) == 0 && r.Compared == r.Regions }

// mostAlgebra is the bound for a region however ill-conditioned it is: less than a wrong fold does, or float32 rounds.
const mostAlgebra = 1e-9

// RegionProof compares two models region by region. A region is what one model computes in another way than the other, between
// values that both have. Both versions run in float64, initializers unrounded, from the same inputs: from what the first
// model has there, and from noise of the region's own. So nothing after a region can hide a difference.
type RegionProof struct {
	was, is  Exact
	models   side[*graph.Model]
	borders  *borders
	regions  []*region
	verdicts map[*region]*verdict
	shapes   map[*graph.Value]typed // of the first model's values
	seed     uint64
}

// typed is the shape and the element type of a value.
type typed struct {
	shape []int64
	elem  tensor.Type
}

// verdict is what is known of a region so far.
type verdict struct {
	compared   bool
	rel, bound float64
	reason     string // why it is not compared
}

// NewRegionProof finds the regions of two models that are open in float64. origin gives the value of the first model that holds
// the same numbers as one of the second; nil where none is known to.
func NewRegionProof(first, second *graph.Model, was, is Exact, origin func(*graph.Value) *graph.Value, seed uint64) *RegionProof {
	a := &RegionProof{
		was: was, is: is, models: side[*graph.Model]{first, second}, borders: findBorders(first, second, origin),
		verdicts: map[*region]*verdict{}, shapes: map[*graph.Value]typed{}, seed: seed,
	}
	a.regions = a.borders.regions()
	for _, r := range a.regions {
		a.verdicts[r] = &verdict{bound: AlgebraTolerance}
	}
	return a
}

// Compare runs both models in step over one input, and compares each region as soon as both have computed its result.
// With noise, each region is also run over noise of its own. It returns the outputs of both models; an output that could not
// be computed is absent, and then the error says why.
func (a *RegionProof) Compare(ctx context.Context, in tensor.Map, noise bool) (before, after tensor.Map, err error) {
	a.inferShapes(in)
	c, err := a.start(in, noise)
	if err != nil {
		return nil, nil, err
	}
	if err := c.walk(ctx); err != nil {
		return nil, nil, err
	}
	before, after = tensor.Map{}, tensor.Map{}
	var lost []error
	for _, o := range []struct {
		line  *line
		model *graph.Model
		out   tensor.Map
	}{{c.was, a.models.was, before}, {c.is, a.models.is, after}} {
		lost = append(lost, o.line.replaced...)
		for _, v := range o.model.Graph.Outputs() {
			t, _, err := o.line.value(v)
			if err != nil {
				lost = append(lost, err)
				continue
			}
			o.out[v.Name()] = t
		}
	}
	if len(lost) > 0 {
		return before, after, fmt.Errorf("%w: %w", ErrFirst, lost[0])
	}
	return before, after, nil
}

// Run compares the models over all inputs, and over noise once. The check is of the outputs, from one end of the models to
// the other; lost says why there is none.
func (a *RegionProof) Run(ctx context.Context, inputs []tensor.Map, outputs []tensor.Spec, tolerance float64, ran func(k int)) (check Check, lost, err error) {
	c := newComparison(Pair{Backend: "float64", Outputs: outputs, Tolerance: tolerance})
	for k, in := range inputs {
		before, after, err := a.Compare(ctx, in, k == min(1, len(inputs)-1))
		if err != nil && !errors.Is(err, ErrFirst) {
			return check, nil, err
		}
		if err != nil {
			lost = err
		} else if err := c.add(before, after); err != nil {
			return check, nil, err
		}
		ran(k + 1)
	}
	return c.check(), lost, nil
}

// Result sums up what was compared.
func (a *RegionProof) Result() AlgebraResult {
	r := AlgebraResult{Regions: len(a.regions)}
	for _, g := range a.regions {
		v := a.verdicts[g]
		if !v.compared {
			r.NotCompared = append(r.NotCompared, NotCompared{g.result.was.Name(), v.reason})
			continue
		}
		r.Compared++
		if r.Worst == nil || worse(v.rel/v.bound, float64(r.Worst.MaxRel)/float64(r.Worst.Bound)) {
			r.Worst = &RegionResult{Value: g.result.was.Name(), Node: label(g.result.is), MaxRel: Number(v.rel), Bound: Number(v.bound)}
		}
	}
	return r
}

// worse reports whether a difference is larger; what is no number is larger than all.
func worse(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }

// label names the node that computes a value.
func label(v *graph.Value) string {
	if n := v.Producer(); n != nil {
		return n.Label()
	}
	return ""
}

// inferShapes notes the shapes that follow from those of the inputs, for regions that are not reached.
func (a *RegionProof) inferShapes(in tensor.Map) {
	fixed := a.models.was.Clone()
	for _, v := range fixed.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			v.Type.Ranked, v.Type.Shape = true, nil
			for _, d := range t.Shape() {
				v.Type.Shape = append(v.Type.Shape, tensor.Fixed(d))
			}
		}
	}
	known := shapes.Of(fixed.Graph)
	for g := range fixed.Graph.All() {
		note := func(v *graph.Value) {
			if shape, ok := known.Static(v); ok && v.Origin() != nil {
				a.shapes[v.Origin()] = typed{shape, known.Elem(v)}
			}
		}
		for _, v := range g.Inputs() {
			note(v)
		}
		for n := range g.Nodes() {
			for k := range n.NumOutputs() {
				if v := n.Output(k); v != nil {
					note(v)
				}
			}
		}
	}
}

// inStep is one run of both models in step.
type inStep struct {
	*RegionProof
	was, is *line
	noise   bool
	due     map[*graph.Node][]*region // by the node of the second model that computes the result
	late    []*region                 // whose result no node of the second model computes
}

func (a *RegionProof) start(in tensor.Map, noise bool) (*inStep, error) {
	c := &inStep{RegionProof: a, noise: noise, due: map[*graph.Node][]*region{}}
	var err error
	run := a.was.Evaluate()
	run.Watch(func(v *graph.Value, shape []int, elem tensor.Type) { a.shapes[v] = typed{sizes(shape), elem} })
	if c.was, err = newLine(run, a.models.was, in); err != nil {
		return nil, err
	}
	c.was.substitute = a.substitute
	if c.is, err = newLine(a.is.Evaluate(), a.models.is, in); err != nil {
		return nil, err
	}
	for _, r := range a.regions {
		if r.body {
			continue
		}
		c.was.hold(r.result.was)
		c.is.hold(r.result.is)
		for _, v := range r.inputs {
			c.was.hold(v.was)
		}
		if n := r.result.is.Producer(); n != nil {
			c.due[n] = append(c.due[n], r)
		} else {
			c.late = append(c.late, r)
		}
	}
	return c, nil
}

func sizes(shape []int) []int64 {
	list := make([]int64, len(shape))
	for i, d := range shape {
		list[i] = int64(d)
	}
	return list
}

// substitute is noise in place of what a node computes that cannot be run, so that what comes after it can.
func (a *RegionProof) substitute(v *graph.Value) (*tensor.Tensor, tensor.Type) {
	t := a.shapes[v]
	if t.shape == nil || !t.elem.IsFloat() || a.borders.is[v] == nil {
		return nil, tensor.Undefined
	}
	return noiseOf(noise, t.shape, rand.New(rand.NewPCG(a.seed, uint64(v.ProducerIndex())))), t.elem
}

// walk runs the second model, and the first as far as the second has come.
func (c *inStep) walk(ctx context.Context) error {
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
			c.is.replaced = append(c.is.replaced, c.is.failed[v])
			delete(c.is.failed, v)
		}
	}
	return nil
}

// compare compares a region whose result the second model has just computed.
func (c *inStep) compare(ctx context.Context, r *region) error {
	if done, err := c.byConstants(ctx, r); done || err != nil {
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
	if !c.noise {
		return nil
	}
	return c.overNoise(ctx, r, inputs)
}

// letGo releases what was held for a region.
func (c *inStep) letGo(r *region) {
	c.was.release(r.result.was)
	c.is.release(r.result.is)
	for _, v := range r.inputs {
		c.was.release(v.was)
	}
}

// byConstants compares a region by the constants in which its two versions differ. That they are different says nothing yet.
func (a *RegionProof) byConstants(ctx context.Context, r *region) (done bool, err error) {
	worst := 0.0
	for _, part := range r.constants {
		want, errWas := runRegion(ctx, a.was, part.nodes.was, part.result.was, part, nil, false, nil)
		got, errIs := runRegion(ctx, a.is, part.nodes.is, part.result.is, part, nil, true, nil)
		if errWas != nil || errIs != nil {
			return false, ctx.Err()
		}
		if worst = max(worst, difference64(want, got)); !(worst <= AlgebraTolerance) {
			return false, nil
		}
	}
	if len(r.constants) > 0 {
		v := a.verdicts[r]
		v.rel, v.compared = worst, true
	}
	return len(r.constants) > 0, nil
}

// input is what an input of a region holds; nil where it is not known.
type input struct {
	tensor *tensor.Tensor
	elem   tensor.Type
}

// inputsOf is what the first model has at the inputs of a region.
func (c *inStep) inputsOf(r *region) []input {
	inputs := make([]input, len(r.inputs))
	for i, v := range r.inputs {
		if t, elem, err := c.was.value(v.was); err == nil {
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
	if got, _, err := c.is.value(r.result.is); err == nil && difference64(want, got) <= AlgebraTolerance {
		v.note(want, difference64(want, got), AlgebraTolerance)
		return nil
	}
	return c.over(ctx, r, inputs)
}

// overNoise compares a region over noise of its own.
func (c *inStep) overNoise(ctx context.Context, r *region, inputs []input) error {
	for _, kind := range []pattern{noise, border, ones} {
		made, reason := c.noiseFor(r, inputs, kind)
		if reason != "" {
			if v := c.verdicts[r]; !v.compared {
				v.reason = reason
			}
			return nil
		}
		v := *c.verdicts[r]
		if err := c.over(ctx, r, made); err != nil {
			return err
		}
		if wide := c.widen(r); wide != nil {
			*c.verdicts[r] = v
			return c.overNoise(ctx, wide, c.inputsOf(wide))
		}
		if !slices.ContainsFunc(made, func(i input) bool { return i.elem.IsFloat() }) {
			return nil // the inputs stay what they are
		}
	}
	return nil
}

// widen is the region to look at instead of one that differs; nil where it does not, or where there is none.
func (c *inStep) widen(r *region) *region {
	v := c.verdicts[r]
	if v.rel <= v.bound {
		return nil
	}
	wide := c.borders.widen(r)
	if wide != nil {
		c.verdicts[wide] = v
	}
	return wide
}

// noiseFor makes noise for the inputs of a region. Integers and truth values keep what the model has there.
func (c *inStep) noiseFor(r *region, inputs []input, kind pattern) (made []input, reason string) {
	rng := rand.New(rand.NewPCG(c.seed, uint64(c.borders.place[r.result.is.Producer()])))
	for i, v := range r.inputs {
		t, known := c.shapes[v.was]
		switch {
		case known && t.elem.IsFloat():
			made = append(made, input{noiseOf(kind, t.shape, rng), t.elem})
		case inputs[i].tensor != nil && !inputs[i].elem.IsFloat():
			made = append(made, inputs[i])
		case !known && inputs[i].tensor != nil: // an input of the model
			made = append(made, input{noiseOf(kind, inputs[i].tensor.Shape(), rng), inputs[i].elem})
		case known:
			return nil, fmt.Sprintf("what %q holds is not known", v.was.Name())
		default:
			return nil, fmt.Sprintf("the shape of %q is not known", v.was.Name())
		}
	}
	return made, ""
}

// noiseOf makes noise of a shape.
func noiseOf(kind pattern, shape []int64, rng *rand.Rand) *tensor.Tensor {
	n, _ := tensor.Count(shape)
	list := make([]float64, n)
	for i := range list {
		list[i] = kind.value(i, shape, rng)
	}
	return tensor.Compute(tensor.Float64, shape, tensor.Vector(list))
}

// bodies compares the regions of sub-graphs, over noise.
func (c *inStep) bodies(ctx context.Context) error {
	for _, r := range c.regions {
		if !r.body || !c.noise {
			continue
		}
		done, err := c.byConstants(ctx, r)
		if err != nil {
			return err
		}
		if !done {
			if err := c.overNoise(ctx, r, c.inputsOf(r)); err != nil {
				return err
			}
		}
	}
	return nil
}

// over runs both versions of a region from the same inputs.
func (a *RegionProof) over(ctx context.Context, r *region, inputs []input) error {
	v := a.verdicts[r]
	want, errWas := runRegion(ctx, a.was, r.nodes.was, r.result.was, r, inputs, false, nil)
	got, errIs := runRegion(ctx, a.is, r.nodes.is, r.result.is, r, inputs, true, nil)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := errors.Join(errWas, errIs); err != nil {
		if errWas == nil { // the second version fails where the first does not
			v.note(want, math.Inf(1), AlgebraTolerance)
		} else if !v.compared {
			v.reason = errWas.Error()
		}
		return nil
	}
	rel, bound := difference64(want, got), AlgebraTolerance
	if !(rel <= bound) && !math.IsInf(rel, 1) {
		bound = a.conditioned(ctx, r, inputs, want, got)
	}
	v.note(want, rel, bound)
	return nil
}

// note keeps the worst difference.
func (v *verdict) note(want *tensor.Tensor, rel, bound float64) {
	if want.Type().IsFloat() && want.Len() > 0 && !slices.ContainsFunc(want.Float64s(), finite) {
		if !v.compared {
			v.reason = "its result is not a number"
		}
		if !(rel > bound) {
			return
		}
	}
	if !v.compared || worse(rel/bound, v.rel/v.bound) {
		v.rel, v.bound = rel, bound
	}
	v.compared = true
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// conditioned is the bound of a region that is ill-conditioned: how far its result moves when its parameters move, times
// what float64 explains of a region that is not, at most mostAlgebra.
func (a *RegionProof) conditioned(ctx context.Context, r *region, inputs []input, want, got *tensor.Tensor) float64 {
	bound := AlgebraTolerance
	for _, s := range []struct {
		exact  Exact
		nodes  []*graph.Node
		result *graph.Value
		second bool
		still  *tensor.Tensor
	}{{a.was, r.nodes.was, r.result.was, false, want}, {a.is, r.nodes.is, r.result.is, true, got}} {
		moved, err := runRegion(ctx, s.exact, s.nodes, s.result, r, inputs, s.second, nudgeOf)
		if err != nil {
			continue
		}
		if by := difference64(s.still, moved) / nudge; by > 1 && !math.IsInf(by, 0) {
			bound = max(bound, min(AlgebraTolerance*by, mostAlgebra))
		}
	}
	return bound
}

// nudgeOf is a tensor with every number moved.
func nudgeOf(t *tensor.Tensor, salt uint64) *tensor.Tensor {
	return tensor.Compute(t.Type(), t.Shape(), nudged{t, salt})
}

// runRegion runs one version of a region. move changes its constants; nil leaves them.
func runRegion(ctx context.Context, exact Exact, nodes []*graph.Node, result *graph.Value, r *region, inputs []input, second bool,
	move func(t *tensor.Tensor, salt uint64) *tensor.Tensor,
) (*tensor.Tensor, error) {
	run := exact.Evaluate()
	for i, v := range r.inputs {
		of := v.was
		if second {
			of = v.is
		}
		if inputs[i].tensor == nil {
			return nil, fmt.Errorf("what %q holds is not known", v.was.Name())
		}
		if of == nil {
			continue
		}
		if err := run.Set(of, inputs[i].tensor, inputs[i].elem); err != nil {
			return nil, err
		}
	}
	for k, n := range nodes {
		if move != nil {
			if err := moveConstants(run, n, uint64(k), move); err != nil {
				return nil, err
			}
		}
		if err := run.Compute(ctx, n); err != nil {
			return nil, err
		}
	}
	t, _, err := run.Value(result)
	return t, err
}

// moveConstants moves the floating-point constants that a node reads.
func moveConstants(run Evaluation, n *graph.Node, salt uint64, move func(*tensor.Tensor, uint64) *tensor.Tensor) error {
	for k, v := range n.Inputs() {
		if t := v.Constant(); t != nil && t.Type().IsFloat() && t.Finite() {
			if err := run.Set(v, move(t, salt<<8|uint64(k)), t.Type()); err != nil {
				return err
			}
		}
	}
	return nil
}

// difference64 is the largest difference of two tensors over the largest magnitude of the first, infinite where they are
// of different shapes or types.
func difference64(want, got *tensor.Tensor) float64 {
	var d tensor.Difference
	if err := d.AddTensors(want, got); err != nil {
		return math.Inf(1)
	}
	return d.Relative()
}
