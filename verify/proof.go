package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// RegionProof compares two models region by region. A region is what one model computes in another way than the other, between
// values that both have. Both versions run in float64, initializers unrounded, from the same inputs: from what the first
// model has there, and from noise of the region's own. So nothing after a region can hide a difference.
type RegionProof struct {
	was, is  Exact
	models   side[*graph.Model]
	borders  *borders
	regions  []*region
	verdicts map[*region]*verdict
	gauges   map[*graph.Node]layers.Gauge // of the layers in regions; nil where nobody asks for them
	shapes   map[*graph.Value]typed       // of the first model's values
	empty    map[*graph.Value]bool        // those that hold no number, whatever the inputs of that size are
	seed     uint64
	reached  map[*graph.Graph]bool // graphs of the first model that some input was seen to run
	// rehearsals are of the branches that the inputs do not take, by the branch; nil for one that cannot be run.
	rehearsals map[*graph.Graph]*rehearsal
	went       func(done float64, at *graph.Node) // is told how much of the input in hand is done; nil for nobody
	answers    [2][]tensor.Map                    // of both models to each input of a run, where all outputs could be computed
	// drawn is not 0 where the second model's constants are rounded, and nobody knows how they came about: see [version.rounded].
	drawn float64
	// outside is not 0 where a program changed the second model: a region that is not equal in real arithmetic is then compared by what
	// rounding explains, as with drawn.
	outside float64
	// suspects are the results of regions that differed by themselves, where these are compared with their neighbours.
	suspects map[side[*graph.Value]]*suspicion
	// brief says that nothing is asked of a region but whether it differs. What it differs by over one input no other one takes back, so
	// it is not run again.
	brief bool
}

// typed is the shape and the element type of a value.
type typed struct {
	shape []int64
	elem  tensor.Type
}

// verdict is what is known of a region so far.
type verdict struct {
	compared   bool
	rounded    bool // by what rounding explains, in a model that a program changed
	rel, bound float64
	reason     string                // why it is not compared
	ran        map[*graph.Graph]bool // the graphs in it that a comparison ran
	channels   map[int]bool          // of a result that differs: those in which it does; channel 0 where its shape does
	shown      int                   // comparisons that showed something
	firm       bool                  // it differs in constants of the same node, whatever its neighbours make of it
	lost       bool                  // it differs over noise that its inputs cannot be, and could not be run over other noise
}

// NewRegionProof finds the regions of two models that are open in float64. origin gives the value of the first model that holds
// the same numbers as one of the second; nil where none is known to.
func NewRegionProof(first, second *graph.Model, was, is Exact, origin func(*graph.Value) *graph.Value, seed uint64) *RegionProof {
	a := &RegionProof{
		was: was, is: is, models: side[*graph.Model]{first, second}, borders: findBorders(first, second, origin),
		verdicts: map[*region]*verdict{}, gauges: map[*graph.Node]layers.Gauge{}, shapes: map[*graph.Value]typed{}, seed: seed,
		empty: map[*graph.Value]bool{}, reached: map[*graph.Graph]bool{}, rehearsals: map[*graph.Graph]*rehearsal{},
	}
	a.regions = a.borders.regions()
	for _, r := range a.regions {
		a.verdicts[r] = &verdict{bound: AlgebraTolerance, ran: map[*graph.Graph]bool{}}
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
// the other; lost says why there is none. went is told after each node of the second model which it was, and what share of
// the work is done.
func (a *RegionProof) Run(ctx context.Context, inputs []tensor.Map, outputs []tensor.Spec, tolerance float64, went func(done float64, node string)) (check Check, lost, err error) {
	c := newComparison(Pair{Backend: "float64", Outputs: outputs, Tolerance: tolerance})
	a.answers = [2][]tensor.Map{}
	defer func() { a.went = nil }()
	for k, in := range inputs {
		a.went = func(done float64, at *graph.Node) { went(shareDone(k, done, len(inputs)), at.Label()) }
		before, after, err := a.Compare(ctx, in, k == 0)
		if err != nil && !errors.Is(err, ErrFirst) {
			return check, nil, err
		}
		if err != nil {
			lost = err
		} else if err := c.add(in, before, after); err != nil {
			return check, nil, err
		}
		a.answers[0], a.answers[1] = append(a.answers[0], before), append(a.answers[1], after)
	}
	return c.check(), lost, nil
}

// Answers are what the first and the second model answered to each input of [RegionProof.Run]. An output that could not be computed is
// absent.
func (a *RegionProof) Answers() [2][]tensor.Map { return a.answers }

// shareDone is the share of all work that is done when a share of input k is. The first one takes twice as long, because the
// regions are run over noise as well.
func shareDone(k int, done float64, inputs int) float64 {
	if k == 0 {
		return 2 * done / float64(inputs+1)
	}
	return (float64(k+1) + done) / float64(inputs+1)
}

// Differs reports whether a region differs that is not among the parts, which are taken for equal. Nothing else of the models is run
// than these regions and what leads to them in the first one. That a region differs settles that the models do.
func (a *RegionProof) Differs(ctx context.Context, inputs []tensor.Map, but Parts) (bool, error) {
	a.leaveOut(but)
	a.brief = true
	err := a.regionsAlone(ctx, inputs, true)
	return len(a.unequal()) > 0, err
}

// leaveOut takes regions for equal, and asks nothing but whether the others are.
func (a *RegionProof) leaveOut(but Parts) {
	a.regions = slices.DeleteFunc(slices.Clone(a.regions), func(r *region) bool { return but[r.key()] })
	a.gauges = nil
}

// regionsAlone compares the regions and runs no model to its end. It may stop at the first region that differs.
func (a *RegionProof) regionsAlone(ctx context.Context, inputs []tensor.Map, stop bool) error {
	for k, in := range inputs {
		if a.decided(stop) {
			break
		}
		a.inferShapes(in)
		c, err := a.start(in, k == 0)
		if err != nil {
			return err
		}
		if a.brief && c.noise {
			if err := c.unreached(ctx, stop); err != nil || stop && len(a.unequal()) > 0 {
				return err
			}
		}
		for _, r := range a.regions {
			if r.body || a.brief && a.verdicts[r].unequal() {
				continue
			}
			if err := c.compare(ctx, r); err != nil {
				return err
			}
			if stop && a.brief && a.verdicts[r].unequal() {
				return nil
			}
		}
		if err := c.bodies(ctx); err != nil {
			return err
		}
	}
	return nil
}

// decided reports whether another input could not change what is asked.
func (a *RegionProof) decided(stop bool) bool {
	differ := len(a.unequal())
	return differ == len(a.regions) && (a.brief || differ == 0) || stop && differ > 0
}

// Result sums up what was compared.
func (a *RegionProof) Result() AlgebraResult {
	r := AlgebraResult{Regions: len(a.regions)}
	for _, g := range a.regions {
		v := a.verdicts[g]
		left := g.left(v)
		if !v.compared || v.rel <= v.bound && (v.lost || left != "") {
			r.NotCompared = append(r.NotCompared, NotCompared{g.result.was.Name(), cmp.Or(left, v.reason)})
			continue
		}
		r.Compared++
		if v.rounded && v.rel <= v.bound {
			r.RoundingOnly = append(r.RoundingOnly, g.result.was.Name())
		}
		if r.Worst == nil || worse(v.rel/v.bound, float64(r.Worst.MaxRel)/float64(r.Worst.Bound)) {
			r.Worst = &RegionResult{Value: g.result.was.Name(), Node: label(g.result.is), MaxRel: Number(v.rel), Bound: Number(v.bound)}
		}
	}
	return r
}

// inferShapes notes the shapes that follow from those of the inputs, for regions that are not reached.
func (a *RegionProof) inferShapes(in tensor.Map) {
	fixed := a.models.was.Clone()
	for _, v := range fixed.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			typ := graph.Type{Elem: v.Type().Elem, Ranked: true, Other: v.Type().Other}
			for _, d := range t.Shape() {
				typ.Shape = append(typ.Shape, tensor.Fixed(d))
			}
			v.SetType(typ)
		}
	}
	known := shapes.Of(fixed.Graph)
	for g := range fixed.Graph.All() {
		note := func(v *graph.Value) {
			if shape, ok := known.Static(v); ok && v.Origin() != nil {
				a.shapes[v.Origin()] = typed{shape, known.Elem(v)}
				a.empty[v.Origin()] = slices.Contains(shape, 0)
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

// note keeps the worst difference. It reports whether there was something to compare.
func (v *verdict) note(want *tensor.Tensor, rel, bound float64) bool {
	if want.Type().IsFloat() && want.Len() > 0 && !slices.ContainsFunc(want.Numbers(), finite) {
		if !v.compared {
			v.reason = "its result is not a number"
		}
		if !(rel > bound) {
			return false
		}
	}
	if !v.compared || worse(rel/bound, v.rel/v.bound) {
		v.rel, v.bound = rel, bound
	}
	v.compared = true
	return true
}

// unequal are the regions whose versions differ.
func (a *RegionProof) unequal() []*region {
	var list []*region
	for _, r := range a.regions {
		if a.verdicts[r].unequal() {
			list = append(list, r)
		}
	}
	return list
}

// unequal reports whether the versions of the region differ.
func (v *verdict) unequal() bool { return v.compared && !(v.rel <= v.bound) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// AlgebraResult is how the rewritten regions of two models compare in float64, unrounded.
type AlgebraResult struct {
	Regions     int           `json:"regions"`                // that were rewritten
	Compared    int           `json:"compared"`               // of these
	Worst       *RegionResult `json:"worst,omitempty"`        // the region that differs the most for its bound; null where none was compared
	NotCompared []NotCompared `json:"not_compared,omitempty"` // regions and outputs that could not be compared
	// RoundingOnly are the values of regions that are equal only by what rounding explains: a program changed the graph, and nobody knows
	// its numbers before they were rounded.
	RoundingOnly []string `json:"rounding_only,omitempty"`
}

// RegionResult is the largest difference of the two versions of a region.
type RegionResult struct {
	Value string `json:"value"` // which the region computes, by its name in the first model
	Node  string `json:"node"`  // that computes it in the second
	// MaxRel is the largest difference over the largest magnitude of what the first version computes.
	MaxRel Number `json:"max_rel"`
	Bound  Number `json:"bound"` // largest difference that is allowed
}

// NotCompared is a region that could not be run.
type NotCompared struct {
	Value  string `json:"value"`  // name of the value
	Reason string `json:"reason"` // why it was not compared
}

// Equal reports whether no region differs.
func (r AlgebraResult) Equal() bool {
	return r.Worst == nil || float64(r.Worst.MaxRel) <= float64(r.Worst.Bound)
}

// Complete reports whether every region was compared.
func (r AlgebraResult) Complete() bool { return len(r.NotCompared) == 0 && r.Compared == r.Regions }

// worse reports whether a difference is larger; what is no number is larger than all.
func worse(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }

// label names the node that computes a value.
func label(v *graph.Value) string {
	if n := v.Producer(); n != nil {
		return n.Label()
	}
	return ""
}
