package verify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// norms are the first BatchNormalizations after the inputs of a model. Their means and variances are those of the values that
// arrived there in training, so they tell how large an input was:
//
//	input ──▶ Conv ──▶ BatchNormalization(mean, variance) ──▶ …
type norms struct {
	run   Exact
	model *graph.Model
	first []norm
	nodes []*graph.Node // that compute what arrives, in order
}

// norm is one of them.
type norm struct {
	node  *graph.Node
	input *graph.Value // of the model, the only one that it depends on
}

const (
	mostNorms     = 8  // enough to know
	mostNormNodes = 64 // before them; a longer way is no small part of the model
)

// firstNorms finds them.
func firstNorms(m *graph.Model, run Exact) *norms {
	n := &norms{run: run, model: m}
	after := map[*graph.Value]bool{} // a norm
	wanted := map[*graph.Node]bool{}
	for node := range m.Graph.Nodes() {
		isNorm := node.Is("BatchNormalization") && node.NumInputs() == 5
		behind := false
		for v := range operands(node) {
			behind = behind || after[v]
		}
		for k := range node.NumOutputs() {
			if v := node.Output(k); v != nil && (behind || isNorm) {
				after[v] = true
			}
		}
		if isNorm && !behind && len(n.first) < mostNorms {
			n.add(node, wanted)
		}
	}
	for node := range m.Graph.Nodes() {
		if wanted[node] {
			n.nodes = append(n.nodes, node)
		}
	}
	return n
}

// add takes a norm that depends on one input alone.
func (n *norms) add(node *graph.Node, wanted map[*graph.Node]bool) {
	var inputs []*graph.Value
	var nodes []*graph.Node
	for _, v := range []*graph.Value{node.Input(0), node.Input(3), node.Input(4)} {
		c := coneOf(v, func(*graph.Value) bool { return false })
		inputs = append(inputs, c.inputs...)
		for computing := range c.nodes {
			nodes = append(nodes, computing)
		}
	}
	if len(inputs) != 1 || !inputs[0].IsInput() || len(nodes) > mostNormNodes {
		return
	}
	for _, computing := range nodes {
		wanted[computing] = true
	}
	n.first = append(n.first, norm{node, inputs[0]})
}

// arrival is what arrives at a channel of a norm, and what arrived there in training.
type arrival struct {
	norm                          *graph.Node
	mean, deviation               float64
	trainedMean, trainedDeviation float64
}

// arriving runs the part of a model before its first norms. The arrivals are by the model's input, those of each in the
// order of norms and channels.
func (n *norms) arriving(ctx context.Context, in tensor.Map) (map[*graph.Value][]arrival, error) {
	run := n.run.Evaluate()
	for _, v := range n.model.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			if err := run.Set(v, t, v.Type().Elem); err != nil {
				return nil, err
			}
		}
	}
	for _, node := range n.nodes {
		if err := run.Compute(ctx, node); err != nil {
			return nil, err
		}
	}
	found := map[*graph.Value][]arrival{}
	for _, first := range n.first {
		list, err := arrivals(run, first.node)
		if err != nil {
			return nil, err
		}
		found[first.input] = append(found[first.input], list...)
	}
	return found, nil
}

// arrivals are those at one norm. A channel that was constant in training says nothing.
func arrivals(run Evaluation, node *graph.Node) ([]arrival, error) {
	var read [5][]float64
	var shape []int64
	for _, i := range []int{0, 3, 4} {
		t, _, err := run.Value(node.Input(i))
		if err != nil {
			return nil, err
		}
		read[i] = t.Numbers()
		if i == 0 {
			shape = t.Shape()
		}
	}
	if len(shape) < 2 || len(read[0]) == 0 || int(shape[1]) != len(read[3]) || len(read[3]) != len(read[4]) {
		return nil, fmt.Errorf("node %q: its parameters do not fit its input", node.Label())
	}
	means, deviations := moments(read[0], shape)
	var list []arrival
	for c, mean := range means {
		if variance := read[4][c]; variance > 0 && finite(variance) {
			list = append(list, arrival{node, mean, deviations[c], read[3][c], math.Sqrt(variance)})
		}
	}
	return list, nil
}

// moments are the mean and the standard deviation along the second axis.
func moments(values []float64, shape []int64) (means, deviations []float64) {
	count := int(shape[1])
	means, deviations = make([]float64, count), make([]float64, count)
	plane := len(values) / int(shape[0]) / count
	for c := range count {
		var sum, squares float64
		each := func(use func(v float64)) {
			for b := range int(shape[0]) {
				at := (b*count + c) * plane
				for _, v := range values[at : at+plane] {
					use(v)
				}
			}
		}
		n := float64(int(shape[0]) * plane)
		each(func(v float64) { sum += v })
		means[c] = sum / n
		each(func(v float64) { squares += (v - means[c]) * (v - means[c]) })
		deviations[c] = math.Sqrt(squares / n)
	}
	return means, deviations
}

// spreading is how many times as far as in training values spread, and off by how many of its standard deviations they
// are, each the median over channels; NaN for none.
func spreading(list []arrival) (spread, off float64) {
	var spreads, offs []float64
	for _, a := range list {
		spreads = append(spreads, a.deviation/a.trainedDeviation)
		offs = append(offs, math.Abs(a.mean-a.trainedMean)/a.trainedDeviation)
	}
	return median(spreads), median(offs)
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// What data may be away from what arrived in training. Images of one kind are within a fifth; one dark image is not.
const (
	farSpread   = 2.5 // with values of a range that explains it
	wrongSpread = 10
	farOff      = 3
)

// CheckRange warns of inputs that arrive at the first BatchNormalizations in another range than they did in training: of
// images between 0 and 255 where the network was trained on ones around 0, for instance. in is a batch of data.
func CheckRange(ctx context.Context, m *graph.Model, run Exact, in tensor.Map) []Warning {
	found, err := firstNorms(m, run).arriving(ctx, in)
	if err != nil {
		return nil // float64 cannot tell
	}
	var warnings []Warning
	for _, v := range m.Graph.Inputs() {
		list := found[v]
		if len(list) == 0 {
			continue
		}
		spread, off := spreading(list)
		low, high := extent(in[v.Name()])
		if !suspicious(spread, off, low, high) {
			continue
		}
		warnings = append(warnings, Warning{v.Name(), "input_range", fmt.Sprintf(
			"its values lie between %.4g and %.4g; what they make arrive at %s spreads %.3g times as far as in training and is off by %.3g of its standard deviations: %s",
			low, high, list[0].norm.Label(), spread, off, preparation(low, high, spread))})
	}
	return warnings
}

func suspicious(spread, off, low, high float64) bool {
	times := max(spread, 1/spread)
	bare := low >= 0 && (high <= 1) == (spread < 1) // as images are before they are prepared
	return times > wrongSpread || off > farOff || times > farSpread && bare
}

// preparation is what to do with images that arrive in a wrong range.
func preparation(low, high, spread float64) string {
	switch {
	case low >= 0 && high <= 1 && spread < 1.0/128:
		return "multiply them by 255, or prepare them as in training"
	case low >= 0 && high <= 1:
		return "subtract the mean and divide by the standard deviation as in training"
	case low >= 0 && high <= 255:
		return "divide by 255, subtract the mean and divide by the standard deviation as in training"
	}
	return "prepare them as in training"
}

// extent is the least and the largest number of a tensor.
func extent(t *tensor.Tensor) (low, high float64) {
	values := t.Numbers()
	if len(values) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(values), slices.Max(values)
}

// Fit is how the generated numbers of an input become ones that a model is used to: shift + scale · number.
type Fit struct {
	Scale, Shift float64 // 1 and 0 leave an input as it is
}

// asMade is the fit of an input that stays as it is.
func asMade() Fit { return Fit{Scale: 1} }

// FitInputs moves generated inputs to where the first BatchNormalizations say that those of the training were, so that what
// comes after is neither dead nor saturated. An input without such a norm, and one of integers, stays as it is, and so
// does everything where float64 cannot tell. The fits are by the name of an input.
func FitInputs(ctx context.Context, m *graph.Model, run Exact, inputs []tensor.Map) (fitted []tensor.Map, fits map[string]Fit) {
	n := firstNorms(m, run)
	if len(inputs) == 0 || len(n.first) == 0 {
		return inputs, nil
	}
	first := firstImages(m, inputs[0])
	before, err := n.arriving(ctx, first)
	if err != nil {
		return inputs, nil
	}
	trial := map[string]Fit{}
	for v, list := range before {
		if spread, _ := spreading(list); v.Type().Elem.IsFloat() && scalable(1/spread) {
			scale := math.Exp2(math.Round(-math.Log2(spread)))
			trial[v.Name()] = Fit{Scale: scale, Shift: scale}
		}
	}
	moved, err := n.arriving(ctx, apply(first, trial))
	if err != nil {
		return inputs, nil
	}
	fits = map[string]Fit{}
	for v, list := range before {
		f, tried := trial[v.Name()]
		if !tried || !asTrained(moved[v]) {
			continue
		}
		if f.Shift *= shiftOf(list, moved[v]); f != asMade() {
			fits[v.Name()] = f
		}
	}
	for _, in := range inputs {
		fitted = append(fitted, apply(in, fits))
	}
	return fitted, fits
}

// scalable reports whether a scale may be a property of an input, not of a norm that has never been trained.
func scalable(scale float64) bool { return scale > 0x1p-10 && scale < 0x1p12 }

// asTrained reports whether values spread by about as much as in training.
func asTrained(list []arrival) bool {
	spread, _ := spreading(list)
	return spread >= 0.5 && spread <= 2
}

// shiftOf is how often an input has to be shifted so that the means are those of the training, by least squares, in
// quarters. moved is after one shift. It is 0 where that does not explain the means.
func shiftOf(before, moved []arrival) float64 {
	var along, size, far float64
	for i, a := range before {
		missing, by := (a.trainedMean-a.mean)/a.trainedDeviation, (moved[i].mean-a.mean)/a.trainedDeviation
		along, size, far = along+missing*by, size+by*by, far+missing*missing
	}
	shift := math.Round(4*along/size) / 4
	if left := far - 2*shift*along + shift*shift*size; !(left < far/2) || math.Abs(shift) > 64 {
		return 0
	}
	return shift
}

// apply fits the inputs of one run.
func apply(in tensor.Map, fits map[string]Fit) tensor.Map {
	out := tensor.Map{}
	for name, t := range in {
		out[name] = t
		f, ok := fits[name]
		if !ok {
			continue
		}
		raw := make([]byte, 0, t.ByteSize())
		for _, v := range t.Numbers() {
			raw = appendFloat(raw, t.Type(), f.Shift+float64(f.Scale*v))
		}
		if made, err := tensor.New(t.Type(), t.Shape(), raw); err == nil {
			out[name] = made
		}
	}
	return out
}

// firstImages is one image of a batch that may have any size.
func firstImages(m *graph.Model, in tensor.Map) tensor.Map {
	for _, v := range m.Graph.Inputs() {
		if t := in[v.Name()]; t != nil && !(v.Type().Ranked && len(v.Type().Shape) > 1 && v.Type().Shape[0].Size < 0 && len(t.Shape()) > 1) {
			return in
		}
	}
	first := tensor.Map{}
	for name, t := range in {
		raw, err := t.Bytes()
		shape := append([]int64{1}, t.Shape()[1:]...)
		count, _ := tensor.Count(shape)
		if err != nil {
			return in
		}
		if first[name], err = tensor.New(t.Type(), shape, raw[:t.Type().ByteSize(count)]); err != nil {
			return in
		}
	}
	return first
}
