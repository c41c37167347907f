package layers

import (
	"cmp"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Gauge is the smallest change of a layer that a comparison shows: one output channel's weights, or its bias, times 1 + ε, for
// the channel where that takes the most.
type Gauge struct {
	Change  float64 // ε; infinite where none is shown
	Part    Part    // "" where all numbers of the layer are zero, which stay that whatever they are multiplied with
	Channel int
}

// Part is a part of a layer.
type Part string

// The parts.
const (
	PartWeights Part = "weights"
	PartBias    Part = "bias"
)

// Weaker is the gauge with the larger change.
func (g Gauge) Weaker(h Gauge) Gauge {
	if h.Change > g.Change {
		return h
	}
	return g
}

// Reading is a result of a layer that is compared, and the difference that is not noticed, relative to its largest magnitude.
type Reading struct {
	Result *tensor.Tensor
	Bound  float64
}

// Gauge follows from the results of a layer that are compared: a channel that is multiplied by 1 + ε moves by ε of its own part
// of the result. A channel of zeros stays what it is. It is false where the channels cannot be told apart.
func (l Layer) Gauge(readings []Reading) (Gauge, bool) {
	weights, biases := slices.Repeat([]float64{math.Inf(1)}, l.Channels), math.Inf(1)
	for _, r := range readings {
		responses, scale, ok := l.Responses(r.Result)
		if !ok {
			return Gauge{}, false
		}
		for c, response := range responses {
			if response > 0 {
				weights[c] = min(weights[c], r.Bound*scale/response)
			}
		}
		biases = min(biases, r.Bound*scale)
	}
	g := Gauge{}
	if slices.ContainsFunc(weights, func(v float64) bool { return math.IsInf(v, 1) }) {
		for c, largest := range l.Largest() {
			if largest == 0 {
				weights[c] = 0
			}
		}
	}
	bias, _ := l.Bias()
	for c, change := range weights {
		g = g.Weaker(Gauge{change, PartWeights, c})
		if bias[c] != 0 {
			g = g.Weaker(Gauge{biases / math.Abs(bias[c]), PartBias, c})
		}
	}
	return g, true
}

// Faintest is the output channel with the smallest weights, and the one with the smallest bias, of those that are not zero. Their changes
// are not known.
func (l Layer) Faintest() []Gauge {
	var list []Gauge
	for _, c := range Smallest(l.Largest(), 1) {
		list = append(list, Gauge{Part: PartWeights, Channel: c})
	}
	bias, _ := l.Bias()
	for _, c := range Smallest(bias, 1) {
		list = append(list, Gauge{Part: PartBias, Channel: c})
	}
	return list
}

// Smallest are the places of the smallest magnitudes other than zero, at most so many.
func Smallest(numbers []float64, most int) []int {
	var places []int
	for c, x := range numbers {
		if x != 0 {
			places = append(places, c)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(math.Abs(numbers[a]), math.Abs(numbers[b])) })
	return places[:min(most, len(places))]
}
