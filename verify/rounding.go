package verify

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// AlgebraTolerance bounds the difference of two models that are equal in real arithmetic and run in
// float64, relative to the largest magnitude of the output.
const AlgebraTolerance = 1e-12

// RoundingTolerance bounds the difference that rounding makes between two models that are equal in
// real arithmetic and whose parameters and values are of type t, relative to the largest magnitude
// of the output:
//
//	8 · u · √layers
//
// with u the unit round-off of t and layers the number of convolutions and matrix products that lie
// one after another. Errors of different layers are independent, so they grow with the square root
// of the depth (Higham & Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019); eight
// units cover the sum within a layer, its parameters' own rounding, and the largest of many outputs.
// For float it is 2e-6 at twenty layers. A network of that depth shows 2e-7 between engines, and
// what a wrong fold does starts at 1e-5.
//
// Types that are not floating point have none: their tolerance is 0.
func RoundingTolerance(t tensor.Type, layers int) float64 {
	return 8 * unitRoundoff(t) * math.Sqrt(float64(max(layers, 1)))
}

func unitRoundoff(t tensor.Type) float64 {
	switch t {
	case tensor.Float64:
		return 0x1p-53
	case tensor.Float32:
		return 0x1p-24
	case tensor.Float16:
		return 0x1p-11
	case tensor.BFloat16:
		return 0x1p-8
	}
	return 0
}

// Conditions is how many times as far as its parameters each output of a model moves, both relative to their
// size. Rounding moves the answers of a network of n layers √n times as far as one number, unless it
// amplifies: a Softmax of large logits does, a difference of large numbers does. There is none where
// float64 cannot run the graph.
func Conditions(ctx context.Context, m *graph.Model, open func(*graph.Model) (Exact, error), inputs []tensor.Map, outputs []tensor.Spec) map[string]float64 {
	moved := m.Clone()
	nudgeParameters(moved)
	before, err := open(m)
	if err != nil {
		return nil
	}
	defer func() { _ = before.Close() }()
	after, err := open(moved)
	if err != nil {
		return nil
	}
	defer func() { _ = after.Close() }()
	pair := Pair{Backend: "float64", Before: RunFunc(before.RunFloat64), After: RunFunc(after.RunFloat64), Outputs: outputs}
	check, err := pair.Compare(ctx, inputs)
	if err != nil {
		return nil
	}
	conditions := map[string]float64{}
	for _, o := range check.Outputs {
		if by := float64(o.MaxRel) / nudge; by > 0 && !math.IsInf(by, 0) {
			conditions[o.Name] = by
		}
	}
	return conditions
}

// nudge is by how much of itself a parameter is moved: little, but far more than float64 rounds.
const nudge = 0x1p-30

// nudgeParameters moves every parameter of a layer up or down, as rounding does.
func nudgeParameters(m *graph.Model) {
	seen := map[*graph.Value]bool{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if !n.Is("Conv") && !n.Is("ConvTranspose") && !n.Is("Gemm") && !n.Is("MatMul") && !n.Is("BatchNormalization") {
				continue
			}
			for _, v := range n.Inputs() {
				t := v.Constant()
				if t == nil || seen[v] || !t.Type().IsFloat() || !t.Finite() {
					continue
				}
				seen[v] = true
				v.SetData(tensor.Compute(t.Type(), t.Shape(), nudged{t, uint64(len(seen))}))
			}
		}
	}
}

// nudged is a tensor with every number moved.
type nudged struct {
	of   *tensor.Tensor
	salt uint64 // so that no two tensors move alike
}

// Row implements [tensor.Recipe]. Whether a number goes up or down follows from its place.
func (p nudged) Row(dst []float64, row int) {
	p.of.Row(dst, row)
	r := rand.NewPCG(p.salt, uint64(row))
	for i, v := range dst {
		by := nudge
		if r.Uint64()>>63 == 0 {
			by = -nudge
		}
		dst[i] = v + float64(v*by)
	}
}

// MaxAbs implements [tensor.Recipe].
func (p nudged) MaxAbs() float64 { return p.of.MaxAbs() * (1 + nudge) }

const (
	// draws is how often the constants of a region are moved.
	draws = 3
	// drawn is how many times as far as the largest of the draws rounding may move a result: the same numbers rounded
	// otherwise. A sound region stays below a third of it.
	drawn = 4
	// drawnAgain is the same for regions that were compared with their neighbours, where a fault has faded.
	drawnAgain = 2
)

// rounded compares the results of both versions of a region channel by channel. In each channel they may be as far apart
// as a multiple of what moves them when each constant of the second version is rounded otherwise, or as arithmetic in single precision is
// off. It returns the difference and
// the bound of the channel that is worst for its bound, relative to the largest magnitude there.
func (v version) rounded(ctx context.Context, inputs []input, want, got *tensor.Tensor, drawn float64) (rel, bound float64) {
	if d := difference64(want, got); math.IsInf(d, 1) || math.IsNaN(d) || d == 0 || !want.Type().IsFloat() {
		return d, 0
	}
	channels := newChannels(want)
	sizes, apart := channels.largest(want, nil), channels.largest(want, got)
	allowed := make([]float64, len(sizes))
	for c, size := range sizes {
		allowed[c] = roundings * unitRoundoff(tensor.Float32) * size
	}
	if channels.within(apart, allowed) {
		return channels.worst(apart, allowed, sizes)
	}
	for draw := range draws {
		moved, err := v.run(ctx, inputs, func(t *tensor.Tensor, salt uint64) *tensor.Tensor {
			salt = salt<<2 | uint64(draw)
			other := tensor.Compute(t.Type(), t.Shape(), roundedOtherwise{t, salt})
			if e, ok := v.exact.(interface {
				Made(t, from *tensor.Tensor, how uint64)
			}); ok { // it remembers what it computed, and need not draw again to know what this is
				e.Made(other, t, salt)
			}
			return other
		})
		if err != nil || !slices.Equal(moved.Shape(), got.Shape()) {
			continue // a size that depends on numbers has changed with them
		}
		for c, by := range channels.largest(got, moved) {
			base := roundings * unitRoundoff(tensor.Float32) * sizes[c]
			allowed[c] = max(allowed[c], base+drawn*by)
		}
	}
	return channels.worst(apart, allowed, sizes)
}

// roundedOtherwise is a tensor each number of which is moved by a unit round-off of its type.
type roundedOtherwise struct {
	of   *tensor.Tensor
	salt uint64
}

// Row implements [tensor.Recipe].
func (p roundedOtherwise) Row(dst []float64, row int) {
	p.of.Row(dst, row)
	r := rand.NewPCG(p.salt, uint64(row))
	u, least := unitRoundoff(p.of.Type()), leastOf(p.of.Type())/2
	for i, v := range dst {
		by := max(float64(math.Abs(v)*u), least)
		if v == 0 {
			by = 0
		}
		if r.Uint64()>>63 == 0 {
			by = -by
		}
		dst[i] = v + by
	}
}

// MaxAbs implements [tensor.Recipe].
func (p roundedOtherwise) MaxAbs() float64 { return p.of.MaxAbs() * (1 + 2*unitRoundoff(p.of.Type())) }

// leastOf is the smallest positive number of a type.
func leastOf(t tensor.Type) float64 {
	switch t {
	case tensor.Float32:
		return 0x1p-149
	case tensor.Float16:
		return 0x1p-24
	case tensor.BFloat16:
		return 0x1p-133
	}
	return 0
}

// channels are the parts of a tensor that have weights of their own: along the axis after the batch.
type channels struct{ count, inner int }

func newChannels(t *tensor.Tensor) channels {
	shape := t.Shape()
	if len(shape) < 2 {
		return channels{1, max(t.Len(), 1)}
	}
	inner := 1
	for _, d := range shape[2:] {
		inner *= int(d)
	}
	return channels{int(shape[1]), max(inner, 1)}
}

// largest is the largest magnitude in each channel, or the largest difference from another tensor.
func (c channels) largest(t, from *tensor.Tensor) []float64 {
	list := make([]float64, c.count)
	a := t.Numbers()
	var b []float64
	if from != nil {
		b = from.Numbers()
	}
	for i, v := range a {
		if b != nil {
			v -= b[i]
		}
		if k := i / c.inner % c.count; math.Abs(v) > list[k] {
			list[k] = math.Abs(v)
		}
	}
	return list
}

// vary reports whether a channel of a tensor holds more than one number.
func (c channels) vary(t *tensor.Tensor, channel int) bool {
	first := math.NaN()
	for i, v := range t.Numbers() {
		if i/c.inner%c.count != channel || math.IsNaN(v) {
			continue
		}
		if math.IsNaN(first) {
			first = v
		}
		if v != first {
			return true
		}
	}
	return false
}

// apart notes the channels in which two results are farther apart than they may be.
func (v *verdict) apart(want, got *tensor.Tensor, rel, bound float64) {
	if rel <= bound {
		return
	}
	if v.channels == nil {
		v.channels = map[int]bool{}
	}
	if !slices.Equal(want.Shape(), got.Shape()) {
		v.channels[0] = true
		return
	}
	c := newChannels(want)
	sizes := c.largest(want, nil)
	for k, by := range c.largest(want, got) {
		if !(by <= bound*sizes[k]) {
			v.channels[k] = true
		}
	}
}

func (c channels) within(apart, allowed []float64) bool {
	for k := range apart {
		if !(apart[k] <= allowed[k]) {
			return false
		}
	}
	return true
}

// worst is the difference and the bound of the channel that is worst for its bound.
func (c channels) worst(apart, allowed, sizes []float64) (rel, bound float64) {
	most := -1.0
	for k := range apart {
		if apart[k] == 0 {
			continue
		}
		size := sizes[k]
		if size == 0 { // a channel of zeros is compared with the others
			size = slices.Max(sizes)
		}
		if of := apart[k] / allowed[k]; of > most { // +Inf where nothing is allowed
			most, rel, bound = of, apart[k]/size, allowed[k]/size
		}
	}
	return rel, bound
}
