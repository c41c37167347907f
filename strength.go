package acdeploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/internal/memo"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// sampledLayers is how many layers are changed to see whether an engine's check would notice: the weakest.
const sampledLayers = 5

// gauged is a comparison that knows how small a change it would have noticed.
type gauged interface{ Strength() []verify.LayerStrength }

// strength adds to what was found how small a change the checks would have noticed. It is of no interest where the answers
// differ anyway.
func (c *comparison) strength(ctx context.Context) error {
	if !c.found.Equal {
		return nil
	}
	list := c.strengths
	for _, b := range c.settings.Backends {
		more, err := c.strengthOn(ctx, b)
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	c.found.Result = c.found.Strong(list)
	if c.untried > 0 {
		c.found.StrengthSampled, c.found.StrengthLeftOut = true, c.untried
	}
	return nil
}

// foreignStrength is what the comparison of the regions would have noticed of a model of unknown origin. Regions that differ are compared again
// with their neighbours there, so that what a region allows is not what is noticed. Some layers are changed, and the regions compared.
func (c *comparison) foreignStrength(ctx context.Context, f *verify.ForeignProof) error {
	parts, err := f.Parts(ctx, c.inputs[0])
	if err != nil {
		return err
	}
	exactly := memo.New(mostRemembered).Open(c.tools.Exact)
	before, err := exactly(c.pair.original)
	if err != nil {
		return err
	}
	defer func() { _ = before.Close() }()
	apart := func(layer int, g layers.Gauge, by float64) (float64, error) {
		m := c.pair.fused.Clone()
		if !layers.In(m)[layer].Scale(g.Part, g.Channel, 1+by) {
			return 0, nil
		}
		after, err := exactly(m)
		if err != nil {
			return 0, err
		}
		far, err := f.Changed(m, before, after).Apart(ctx, c.inputs[:1], parts)
		return far, errors.Join(err, after.Close())
	}
	all := layers.In(c.pair.fused)
	tried := faintest(all, int(min(sampledLayers, mostWork/max(1, f.Work()))))
	c.untried = len(all) - len(tried)
	for k, layer := range tried {
		c.observe.progress(StageVerify, exactParts, c.total(), "in float64, with weights changed on purpose: %d of %d", k+1, len(tried))
		found := layers.Gauge{}
		for _, g := range all[layer].Faintest() {
			g.Change, err = noticed(func(by float64) (float64, error) { return apart(layer, g, by) })
			if err != nil {
				return err
			}
			found = found.Weaker(g)
		}
		if found.Part != "" {
			c.strengths = append(c.strengths, strengthOfChange(all[layer].Node, found))
		}
	}
	return nil
}

// strengthOfChange is what was found of a layer, in the words of a report.
func strengthOfChange(n *graph.Node, g layers.Gauge) verify.LayerStrength {
	s := verify.LayerStrength{Node: n.Label(), Change: verify.Number(g.Change), FoundBy: string(verify.Algebra), Part: g.Part, Channel: &g.Channel}
	if math.IsInf(g.Change, 1) {
		s.Change, s.FoundBy = verify.Number(math.NaN()), ""
		s.Detail = fmt.Sprintf("a change of 1 %% of the %s of channel %d is no more than what rounding explains", g.Part, g.Channel)
	}
	return s
}

// mostRemembered is how many bytes of what both models compute are kept while their layers are tried.
const mostRemembered = 1 << 28

// mostWork is how many multiply-adds of a network there may be for each layer that is tried. Each takes some fifty runs of a part of it.
const mostWork = 1 << 30

// faintest are so many layers with an output channel that is the smallest beside the others, in their order.
func faintest(all []layers.Layer, most int) []int {
	var places []int
	contrast := map[int]float64{}
	for i, l := range all {
		if list := l.Largest(); len(layers.Smallest(list, 1)) > 0 {
			contrast[i] = list[layers.Smallest(list, 1)[0]] / slices.Max(list)
			places = append(places, i)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(contrast[a], contrast[b]) })
	places = places[:min(len(places), most)]
	slices.Sort(places)
	return places
}

// noticed is the smallest change that was tried and noticed, at most a percent, or +Inf. apart says how many times as far as it may a
// change moves a region.
func noticed(apart func(by float64) (float64, error)) (float64, error) {
	const tries, least = 3, 1e-12
	change := float64(verify.Percent)
	far, err := apart(change)
	if err != nil || far <= 1 {
		return math.Inf(1), err
	}
	below := max(1.1*change/far, least) // results move in proportion, unless rounding or the neighbours of a region take a part
	for by, n := below, 0; by < change && n < tries; n++ {
		if far, err = apart(by); err != nil {
			return 0, err
		}
		if far > 1 {
			change = by
		} else {
			below = by
		}
		by = math.Sqrt(below * change)
	}
	return change, nil
}

// strengthOn is what an engine's check would have noticed of the layers that are the weakest otherwise. An engine that does
// not run the changed model tells nothing.
func (c *comparison) strengthOn(ctx context.Context, b Backend) ([]verify.LayerStrength, error) {
	name := label(b.Name, b.Describe().Provider)
	k := slices.IndexFunc(c.checks, func(check verify.Check) bool { return check.Backend == name })
	if k < 0 || c.builds[name] {
		return nil, nil
	}
	c.observe.progress(StageVerify, c.total(), c.total(), "on %s, with weights changed on purpose", name)
	s, err := c.openSample(ctx, b)
	if err != nil || s == nil {
		return nil, errors.Join(err, ctx.Err())
	}
	defer func() { _ = s.close() }()
	var list []verify.LayerStrength
	for _, l := range s.layers {
		found, err := s.measure(ctx, l, c.checks[k])
		if err != nil {
			return nil, ctx.Err()
		}
		list = append(list, found)
	}
	return list, nil
}

// opened notes an engine that times its own runs: it builds each model for minutes, too long for one that is only a sample.
func (c *comparison) opened(name string, s backends.Session) {
	if _, ok := s.(backends.Timer); ok {
		c.builds[name] = true
	}
}

// sample is a copy of the second model whose weakest layers take their weights as inputs, so that an engine opens it once.
type sample struct {
	file    *model.File  // whose weights the inputs are
	remove  func() error // of the folder with the model; nil for none
	session backends.Session
	inputs  tensor.Map
	answers tensor.Map
	layers  []sampled
}

// sampled is such a layer.
type sampled struct {
	layers.Layer
	input   string
	channel int
}

func (c *comparison) openSample(ctx context.Context, b Backend) (s *sample, err error) {
	file, err := model.Open(c.pair.after.Path)
	if err != nil {
		return nil, err
	}
	s = &sample{file: file, inputs: firstOf(c.inputs[0], c.pair.after.Inputs)}
	m := file.Model().Clone()
	s.expose(m, c.weakest(m))
	if len(s.layers) == 0 {
		return nil, s.close()
	}
	folder, remove, err := osfile.MakeScratch("strength")
	if err != nil { // what would have been noticed is told where it can be found out
		c.observe.warn(StageVerify, "no model with other weights can be written to find out what a check would notice: %v", err)
		return nil, s.close()
	}
	s.remove = remove
	path := filepath.Join(folder, "model.onnx")
	if _, err = file.Save(ctx, path, m); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.session, err = b.Open(ctx, declared(path, model.SignatureOf(m)), backends.Tuning{})
	if err == nil {
		s.answers, err = s.session.Run(ctx, s.inputs)
	}
	if err != nil { // the engine wants its weights to be constant
		return nil, s.close()
	}
	return s, nil
}

// firstOf is an input with one image, where the model leaves their number open.
func firstOf(in tensor.Map, specs []tensor.Spec) tensor.Map {
	first := maps.Clone(in)
	for _, spec := range specs {
		t := in[spec.Name]
		if !spec.Ranked || len(spec.Shape) == 0 || spec.Shape[0].Size >= 0 || t == nil || t.Shape()[0] < 2 {
			continue
		}
		raw, err := t.Bytes()
		if err != nil {
			continue
		}
		shape := slices.Clone(t.Shape())
		size := len(raw) / int(shape[0])
		shape[0] = 1
		if one, err := tensor.New(t.Type(), shape, raw[:size]); err == nil {
			first[spec.Name] = one
		}
	}
	return first
}

func (s *sample) close() error {
	var err error
	if s.session != nil {
		err = s.session.Close()
	}
	if s.remove != nil {
		err = errors.Join(err, s.remove())
	}
	return errors.Join(err, s.file.Close())
}

// weakest are the layers of a model that are the weakest, or the last ones where all are alike.
func (c *comparison) weakest(m *graph.Model) []sampled {
	var all []sampled
	for _, l := range layers.In(m) {
		all = append(all, sampled{Layer: l, channel: -1})
	}
	slices.Reverse(all)
	known := map[string]verify.LayerStrength{}
	for _, s := range c.strengths {
		known[s.Node] = s
	}
	weak := func(l sampled) float64 {
		s, ok := known[l.Node.Label()]
		switch {
		case ok && !math.IsNaN(float64(s.Change)):
			return float64(s.Change)
		case !ok && c.untried > 0:
			return 0 // the others were chosen as the faintest
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(all, func(a, b sampled) int {
		switch x, y := weak(a), weak(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	all = all[:min(len(all), sampledLayers)]
	for i, l := range all {
		s := known[l.Node.Label()]
		if s.Part == layers.PartWeights && s.Channel != nil {
			all[i].channel = *s.Channel
			continue
		}
		for _, channel := range layers.Smallest(l.Largest(), 1) {
			all[i].channel = channel
		}
	}
	return slices.DeleteFunc(all, func(l sampled) bool { return l.channel < 0 })
}

// expose makes the weights of layers inputs of the model.
func (s *sample) expose(m *graph.Model, list []sampled) {
	for _, l := range list {
		t := l.Weights.Constant()
		typ := graph.Type{Elem: t.Type(), Ranked: true}
		for _, size := range t.Shape() {
			typ.Shape = append(typ.Shape, tensor.Fixed(size))
		}
		l.input = m.Graph.FreshName("weights")
		v, err := m.Graph.AddInput(l.input, typ)
		if err != nil {
			continue
		}
		l.Feed(v)
		s.inputs[l.input] = t
		s.layers = append(s.layers, l)
	}
}

// measure finds the change of a layer that a check would notice: a percent of one channel first, and then what follows from
// how far the answers move.
func (s *sample) measure(ctx context.Context, l sampled, check verify.Check) (verify.LayerStrength, error) {
	found := verify.LayerStrength{Node: l.Node.Label(), Change: verify.Number(math.NaN()), FoundBy: check.Backend, Part: layers.PartWeights, Channel: &l.channel}
	moved, err := s.moved(ctx, l, verify.Percent, check)
	if err != nil {
		return found, err
	}
	if moved <= 1 {
		found.Detail = fmt.Sprintf("a change of 1 %% moves the answers by %.1e of what the check allows", moved)
		if !slices.ContainsFunc(check.Outputs, func(o verify.Output) bool { return s.answers[o.Name].Type().IsFloat() }) {
			found.Detail = "the outputs are decisions, which are judged by the values that they are made from"
		}
		return found, nil
	}
	found.Change = verify.Percent
	less := 1.1 * verify.Percent / moved // the answers move in proportion
	if less >= verify.Percent {
		return found, nil
	}
	if moved, err = s.moved(ctx, l, less, check); moved > 1 {
		found.Change = verify.Number(less)
	}
	return found, err
}

// moved is how far the answers move when one channel of a layer does, over what a check allows. A decision that changes may be
// judged by what it is made from, so it counts for nothing here.
func (s *sample) moved(ctx context.Context, l sampled, by float64, check verify.Check) (float64, error) {
	weights, ok := l.Scaled(l.channel, 1+by).Rounded()
	if !ok {
		return 0, nil // they do not fit into their type
	}
	in := maps.Clone(s.inputs)
	in[l.input] = weights
	answers, err := s.session.Run(ctx, in)
	if err != nil {
		return 0, err
	}
	most := 0.0
	for _, o := range check.Outputs {
		if !s.answers[o.Name].Type().IsFloat() {
			continue
		}
		var d tensor.Difference
		if d.AddTensors(s.answers[o.Name], answers[o.Name]) != nil || d.Unlike > 0 {
			return math.Inf(1), nil
		}
		if d.MaxAbs > 0 {
			most = max(most, d.Relative()/float64(o.Tolerance))
		}
	}
	return most, nil
}
