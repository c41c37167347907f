package layers_test

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestGaugeOfALayer takes the channel that shows a change the least, over the reading that shows it the most.
func TestGaugeOfALayer(t *testing.T) {
	weights := tensor.Of([]int64{2, 1, 1}, float32(1), 2)
	first := layers.Reading{Result: tensor.Of([]int64{1, 2, 2}, 1.0, 2.0, 100.0, 50.0), Bound: 1e-12}
	second := layers.Reading{Result: tensor.Of([]int64{1, 2, 2}, 0.0, 4.0, 10.0, 10.0), Bound: 1e-12}
	for name, c := range map[string]struct {
		weights, bias *tensor.Tensor
		readings      []layers.Reading
		want          layers.Gauge
	}{
		"one reading":    {weights, nil, []layers.Reading{first}, layers.Gauge{Change: 50e-12, Part: layers.PartWeights}},
		"the better one": {weights, nil, []layers.Reading{first, second}, layers.Gauge{Change: 2.5e-12, Part: layers.PartWeights}},
		"a small bias":   {weights, tensor.Of([]int64{2}, float32(0), 0.25), []layers.Reading{first, second}, layers.Gauge{Change: 40e-12, Part: layers.PartBias, Channel: 1}},
		"a channel of 0": {tensor.Of([]int64{2, 1, 1}, float32(0), 2), nil, []layers.Reading{{Result: tensor.Of([]int64{1, 2}, 0.0, 5.0), Bound: 1e-12}}, layers.Gauge{Change: 1e-12, Part: layers.PartWeights, Channel: 1}},
		"nothing but 0":  {tensor.Of([]int64{2, 1, 1}, float32(0), 0), nil, []layers.Reading{{Result: tensor.Of([]int64{1, 2}, 0.0, 0.0), Bound: 1e-12}}, layers.Gauge{}},
		"nothing to see": {weights, nil, []layers.Reading{{Result: tensor.Of([]int64{1, 2}, 0.0, 5.0), Bound: 1e-12}}, layers.Gauge{Change: math.Inf(1), Part: layers.PartWeights}},
	} {
		l, _ := layers.Of(made(t, "Conv", c.weights, c.bias))
		got, ok := l.Gauge(c.readings)
		if !ok || got.Part != c.want.Part || got.Channel != c.want.Channel || got.Change != c.want.Change && math.Abs(got.Change/c.want.Change-1) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	l, _ := layers.Of(made(t, "Conv", weights, nil))
	if g, ok := l.Gauge([]layers.Reading{{Result: tensor.Of([]int64{1, 3}, 1.0, 2.0, 3.0)}}); ok {
		t.Errorf("a result with another number of channels: %+v", g)
	}
}

func TestSmallest(t *testing.T) {
	numbers := []float64{3, 0, -1, 2, -4}
	for most, want := range map[int][]int{0: {}, 2: {2, 3}, 9: {2, 3, 0, 4}} {
		if got := layers.Smallest(numbers, most); !slices.Equal(got, want) {
			t.Errorf("the %d smallest are %v, want %v", most, got, want)
		}
	}
}

// TestFaintest takes the smallest channel that is not zero, of the weights and of the bias.
func TestFaintest(t *testing.T) {
	weights := tensor.Of([]int64{3, 1, 1}, float32(0), -1, 2)
	l, _ := layers.Of(made(t, "Conv", weights, tensor.Of([]int64{3}, float32(5), 0, -4)))
	want := []layers.Gauge{{Part: layers.PartWeights, Channel: 1}, {Part: layers.PartBias, Channel: 2}}
	if got := l.Faintest(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	l, _ = layers.Of(made(t, "Conv", tensor.Of([]int64{1, 1, 1}, float32(0)), nil))
	if got := l.Faintest(); len(got) != 0 {
		t.Errorf("nothing but zeros: %+v", got)
	}
}
