package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/tensor"
)

// LayerStrength is how small a change of a layer of the second model the checks would have noticed. A layer is a Conv,
// ConvTranspose, Gemm or MatMul with constant weights.
type LayerStrength struct {
	Node string `json:"node"` // name of the node
	// Change is the smallest ε for which one output channel's weights, or its bias, times 1 + ε is noticed, for the
	// channel where that takes the most. It is null where no change of a percent is noticed.
	Change Number `json:"change"`
	// FoundBy is what notices it: algebra, bytes, or the name of an engine; "" for nothing.
	FoundBy string `json:"found_by"`
	// Part is weights or bias, and Channel the output channel. They are absent where every number is noticed alike.
	Part    layers.Part `json:"part,omitempty"`
	Channel *int        `json:"channel,omitempty"` // channel that was changed
	// Detail is a sentence without a full stop where Change is null.
	Detail string `json:"detail,omitempty"`
}

// What finds a change, other than an engine.
const (
	byAlgebra = "algebra"
	byBytes   = "bytes"
)

// Percent is the change that the checks of every layer should notice.
const Percent = 0.01

// WeakLayer is the reason of a warning that names a layer of which no check would notice a change of a percent.
const WeakLayer = "weak_layer"

// mostStrengths is how many layers a result lists, the weakest.
const mostStrengths = 200

// Strength is what the comparison of the regions would have noticed of each layer of the second model. The constants of a layer
// that no rewrite touched are those of the first model, bit by bit.
func (a *RegionProof) Strength() []LayerStrength {
	reasons := map[*graph.Node]string{}
	rewritten := map[*graph.Node]bool{}
	for _, r := range a.regions {
		for _, n := range r.nodes.is {
			rewritten[n] = true
			reasons[n] = cmp.Or(reasons[n], a.verdicts[r].reason)
		}
	}
	var list []LayerStrength
	for g := range a.models.is.Graph.All() {
		for n := range g.Nodes() {
			l, ok := layers.Of(n)
			if !ok {
				continue
			}
			known, gauged := a.gauges[n]
			switch {
			case gauged && known.Part == "": // all its numbers are zero, and stay that whatever they are multiplied with
			case gauged:
				list = append(list, strengthOfLayer(n, known))
			case rewritten[n]:
				list = append(list, unseen(n, cmp.Or(reasons[n], "its region could not be run with other weights")))
			default:
				list = append(list, LayerStrength{Node: n.Label(), Change: Number(ulp(l.Weights.Elem())), FoundBy: byBytes})
			}
		}
	}
	return list
}

// unseen is a layer of which no change is noticed.
func unseen(n *graph.Node, why string) LayerStrength {
	return LayerStrength{Node: n.Label(), Change: Number(math.NaN()), Detail: why}
}

// strength is the gauge in the words of a report.
func strengthOfLayer(n *graph.Node, g layers.Gauge) LayerStrength {
	if math.IsInf(g.Change, 1) {
		return unseen(n, fmt.Sprintf("the %s of channel %d do not move the result", g.Part, g.Channel))
	}
	return LayerStrength{Node: n.Label(), Change: Number(g.Change), FoundBy: byAlgebra, Part: g.Part, Channel: &g.Channel}
}

// ulp is the smallest part of itself by which a number of a type can change.
func ulp(t tensor.Type) float64 { return 2 * unitRoundoff(t) }

// Strong is the result with how strong the checks are, the weakest layer first. A layer of which no check notices a change of
// a percent is a warning.
func (r Result) Strong(list []LayerStrength) Result {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b LayerStrength) int { return cmp.Compare(b.Least(), a.Least()) })
	noticed := NoticedLayers(list)
	for i, s := range list {
		if s.FoundBy != byBytes {
			list[i].Change = Number(estimate(float64(s.Change)))
		}
		if !noticed[s.Node] && s.Engine() == "" {
			r = r.Warned(s.warning())
		}
	}
	r.Strength, r.StrengthLeftOut = list[:min(len(list), mostStrengths)], max(len(list)-mostStrengths, 0)
	return r
}

// estimate is a number that is not known better than to two digits.
func estimate(v float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	if err != nil {
		return v
	}
	return short
}

// Least is the change that is noticed, infinite where none is.
func (s LayerStrength) Least() float64 {
	if v := float64(s.Change); !math.IsNaN(v) {
		return v
	}
	return math.Inf(1)
}

// Engine is the engine whose answers it is about; "" for algebra and bytes.
func (s LayerStrength) Engine() string {
	if s.FoundBy == byAlgebra || s.FoundBy == byBytes {
		return ""
	}
	return s.FoundBy
}

// NoticedLayers are the layers of which some check notices a change of a percent.
func NoticedLayers(list []LayerStrength) map[string]bool {
	noticed := map[string]bool{}
	for _, s := range list {
		noticed[s.Node] = noticed[s.Node] || s.Least() <= Percent
	}
	return noticed
}

// warning says that no check notices a change of a percent of a layer, why, and what to do.
func (s LayerStrength) warning() Warning {
	why := s.Detail
	if why == "" {
		why = fmt.Sprintf("the %s of channel %d would have to change by %.2g %%", s.Part, *s.Channel, 100*float64(s.Change))
	}
	return Warning{Name: s.Node, Reason: WeakLayer, Detail: fmt.Sprintf(
		"no check would notice a change of 1 %% of this layer: %s; compare over images of yours with --data, and layer by layer with --layers", why)}
}

// slack is by how much the bound of a region may be above what a small part of its noise says.
const slack = 1.25

// readings are the runs of a region that has layers.
type readings struct {
	layers []layers.Layer
	two    side[version]
	inputs []input        // what the models have at its inputs
	actual *tensor.Tensor // and the second has as its result; nil where it has none, or it was taken in
	list   []reading
	moved  map[*graph.Value]Evaluation // of the versions, by their results, with constants that are moved
}

// reading is a run of the second version: what came out, and by how much of its scale that might have been off. The bound is
// learned from a small part of the inputs.
type reading struct {
	layers.Reading
	sample []input
	got    *tensor.Tensor // of the sample; nil where the version is a layer by itself
	scale  float64        // of the whole result; 0 until it is needed
}

// readings starts to gauge the layers in a region; nil where it has none, or where nobody asks.
func (c *inStep) readings(r *region, inputs []input) *readings {
	inside := layersIn(r)
	if len(inside) == 0 || c.gauges == nil {
		return nil
	}
	g := &readings{layers: inside, inputs: inputs, two: c.versions(r), moved: map[*graph.Value]Evaluation{}}
	if t, _, err := c.is.value(r.result.is); err == nil {
		g.actual = t
	}
	return g
}

// add takes in what came of noise, and once what the models have there.
func (g *readings) add(ctx context.Context, noise []input, result *tensor.Tensor) {
	if g == nil || result == nil || !result.Type().IsFloat() {
		return
	}
	if g.actual != nil {
		g.take(ctx, g.inputs, g.actual)
		g.actual = nil
	}
	g.take(ctx, noise, result)
}

// take takes in a result. It shows nothing where it is zero throughout.
func (g *readings) take(ctx context.Context, inputs []input, result *tensor.Tensor) {
	inside := len(g.two.is.nodes) > 1
	images := int64(1)
	if inside { // the samples tell how far the result moves; of noise, the last image is of another kind than the first
		images = 2
	}
	for _, part := range [][]input{cut(inputs, images), inputs} {
		want, err := g.two.was.run(ctx, part, nil)
		var got *tensor.Tensor
		if inside && err == nil {
			got, err = g.two.is.run(ctx, part, nil)
		}
		if err != nil { // it cannot be cut
			continue
		}
		if slices.ContainsFunc(want.Float64s(), func(v float64) bool { return v != 0 }) {
			bound := g.boundOf(ctx, g.two.was, part, want)
			if inside { // a layer by itself amplifies nothing
				bound = max(bound, g.boundOf(ctx, g.two.is, part, got))
			}
			g.list = append(g.list, reading{Reading: layers.Reading{Result: result, Bound: min(slack*bound, mostAlgebra)}, sample: part, got: got})
		}
		return
	}
}

// boundOf is [version.bound]. The constants move once for all runs.
func (g *readings) boundOf(ctx context.Context, v version, inputs []input, result *tensor.Tensor) float64 {
	var move func(*tensor.Tensor, uint64) *tensor.Tensor
	run := g.moved[v.result]
	if run == nil {
		run, move = v.exact.Evaluate(), nudgedOf
		g.moved[v.result] = run
	}
	moved, err := v.runIn(ctx, run, inputs, move)
	if err != nil {
		return AlgebraTolerance
	}
	return boundOf(result, moved)
}

// fewNumbers is how many numbers may all happen to move alike.
const fewNumbers = 4096

// nudgedOf is a tensor with every number moved up or down: as nudgeOf does where they are few, else by a generator that is
// faster.
func nudgedOf(t *tensor.Tensor, salt uint64) *tensor.Tensor {
	if t.Len() <= fewNumbers {
		return nudgeOf(t, salt)
	}
	list := t.Float64s()
	for i, v := range list { // SplitMix64
		salt += 0x9e3779b97f4a7c15
		z := (salt ^ salt>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		list[i] = v + math.Float64frombits(math.Float64bits(v*nudge)^z>>63<<63)
	}
	return tensor.Compute(t.Type(), t.Shape(), tensor.Vector(list))
}

// gauge finds what change of each layer in a region would have been noticed.
func (a *RegionProof) gauge(ctx context.Context, g *readings) error {
	if g == nil || len(g.list) == 0 {
		return ctx.Err()
	}
	for _, l := range g.layers {
		found, ok := layers.Gauge{}, false
		if l.Node.Output(0) == g.two.is.result {
			found, ok = l.Gauge(g.direct())
		}
		if !ok {
			found = g.measured(ctx, l)
		}
		if known, ok := a.gauges[l.Node]; !ok || found.Change < known.Change { // a layer of several regions is noticed in each
			a.gauges[l.Node] = found
		}
	}
	return ctx.Err()
}

// direct are the readings of the region's result.
func (g *readings) direct() []layers.Reading {
	list := make([]layers.Reading, len(g.list))
	for i, r := range g.list {
		list[i] = r.Reading
	}
	return list
}

// layersIn are the layers of the second version of a region.
func layersIn(r *region) []layers.Layer {
	var list []layers.Layer
	for _, n := range r.nodes.is {
		if l, ok := layers.Of(n); ok {
			list = append(list, l)
		}
	}
	return list
}

// gaugeEqual gauges the layers of a region that is equal by its constants. If they were not, it would be run.
func (c *inStep) gaugeEqual(ctx context.Context, r *region) error {
	if !c.noise || c.gauges == nil || len(layersIn(r)) == 0 {
		return nil
	}
	for _, v := range r.inputs {
		if v.was.Graph() == c.models.was.Graph {
			if err := c.was.until(ctx, v.was); err != nil {
				return err
			}
		}
	}
	known := *c.verdicts[r]
	defer func() { *c.verdicts[r] = known }()
	return c.overNoise(ctx, r, c.inputsOf(r))
}

// weakest is how many channels of a layer inside a region are tried.
const weakest = 5

// tried is by how much of themselves the weights of such a channel are moved: so little that its response is in proportion.
const tried = 0x1p-10

// measured gauges a layer inside a region by the smallest of its channels: each is scaled in turn, and the region is run again.
func (g *readings) measured(ctx context.Context, l layers.Layer) layers.Gauge {
	found := layers.Gauge{}
	for _, c := range layers.Smallest(l.Largest(), weakest) {
		found = found.Weaker(layers.Gauge{Change: g.noticed(ctx, l.Weights, l.Scaled(c, 1+tried)), Part: layers.PartWeights, Channel: c})
	}
	bias, _ := l.Bias()
	for _, c := range layers.Smallest(bias, weakest) {
		if to := l.ScaledBias(c, 1+tried); to != nil {
			found = found.Weaker(layers.Gauge{Change: g.noticed(ctx, l.Node.Input(2), to), Part: layers.PartBias, Channel: c})
		}
	}
	return found
}

// noticed is the change that would be noticed, from how far the result moves when a constant is one that was moved a little.
func (g *readings) noticed(ctx context.Context, constant *graph.Value, to *tensor.Tensor) float64 {
	change := math.Inf(1)
	for i := range g.list {
		r := &g.list[i]
		if err := r.settle(ctx, g.two.is); err != nil {
			continue
		}
		moved, err := g.two.is.run(ctx, r.sample, func(t *tensor.Tensor, _ uint64) *tensor.Tensor {
			if t == constant.Constant() {
				return to
			}
			return nil
		})
		var d tensor.Difference
		if err == nil && d.AddTensors(r.got, moved) == nil {
			change = min(change, r.Bound*r.scale*tried/d.MaxAbs)
		}
	}
	return change
}

// settle finds what is needed to run the sample again: what came of it, and the largest magnitude of the whole result, which a
// difference is relative to.
func (r *reading) settle(ctx context.Context, is version) (err error) {
	if r.scale > 0 {
		return nil
	}
	if r.got == nil {
		if r.got, err = is.run(ctx, r.sample, nil); err != nil {
			return err
		}
	}
	var d tensor.Difference
	numbers := r.Result.Float64s()
	d.Add(numbers, numbers)
	r.scale = d.Scale
	return nil
}
