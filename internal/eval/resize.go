package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// tap is one number that a resized one is made of, by its index along an axis.
type tap struct {
	at     int
	weight float64
}

// sampling is how a Resize reads an axis.
type sampling struct {
	coordinates, nearest string
	mode                 string
	cubic                float64 // a of the cubic kernel
	inside               bool    // whether weights outside the image are left out
	smooth               bool    // whether a smaller image is made of more of the larger one
}

// resize computes Resize and Upsample one axis after the other.
func (e evaluation) resize() (*tensor.Tensor, bool) {
	if !e.n.Is("Resize") && !e.n.Is("Upsample") || e.shape == nil || len(e.shape) != e.in[0].Rank() {
		return nil, false
	}
	s := sampling{
		coordinates: e.Str("coordinate_transformation_mode"), nearest: e.Str("nearest_mode"), mode: e.Str("mode"),
		cubic: e.Float("cubic_coeff_a"), inside: e.Flag("exclude_outside"), smooth: e.Flag("antialias"),
	}
	if e.n.Graph().Opset() < 11 {
		s.coordinates, s.nearest = "asymmetric", "floor"
	}
	scales, ok := e.scales()
	if !ok || s.coordinates == "align_corners" && !e.wholeSizes(scales) || s.coordinates == "tf_crop_and_resize" {
		return nil, false
	}
	if count, err := tensor.Count(e.shape); err != nil || e.elem.ByteSize(count) > e.limit || !e.spend(count) {
		return nil, false
	}
	out := e.in[0]
	for axis, size := range e.shape {
		from := out.Shape()[axis]
		if from == size && scales[axis] == 1 {
			continue
		}
		taps, ok := s.taps(int(from), int(size), scales[axis])
		if !ok {
			return nil, false
		}
		if out, ok = e.resampled(out, axis, taps, s.mode == "nearest"); !ok {
			return nil, false
		}
	}
	return out, true
}

// wholeSizes reports whether the scales make whole sizes. Runtimes do not agree where the corners of others are.
func (e evaluation) wholeSizes(scales []float64) bool {
	for i, size := range e.in[0].Shape() {
		if e.Input("sizes") == nil && float64(float64(size)*scales[i]) != float64(e.shape[i]) {
			return false
		}
	}
	return true
}

// scales is by how much each axis grows: as it is said, or as follows from the sizes.
func (e evaluation) scales() ([]float64, bool) {
	shape := e.in[0].Shape()
	axes, err := op.ResizeAxes(e.n, len(shape))
	if err != nil || e.Has("keep_aspect_ratio_policy") && e.Str("keep_aspect_ratio_policy") != "stretch" {
		return nil, false
	}
	out := make([]float64, len(shape))
	for i, size := range e.shape {
		if shape[i] < 1 || size < 1 {
			return nil, false
		}
		out[i] = float64(size) / float64(shape[i])
	}
	var said []float64
	if v := e.Input("scales"); v != nil {
		t := v.Constant()
		if t == nil || !t.Type().IsFloat() {
			return nil, false
		}
		said = t.Float64s()
	}
	for _, f := range e.Floats("scales") {
		said = append(said, float64(f))
	}
	if len(said) == 0 {
		return out, true
	}
	for i, axis := range axes {
		if len(said) != len(axes) {
			return nil, false
		}
		out[axis] = said[i]
	}
	return out, true
}

// taps is, for each element of an axis of the result, what it is made of; false where that is not certain.
func (s sampling) taps(from, to int, scale float64) ([][]tap, bool) {
	const fraction = 1 << 10
	exact := s.coordinates == "align_corners" || scale*fraction == math.Trunc(scale*fraction)
	out := make([][]tap, to)
	for i := range out {
		x, ok := s.original(i, from, to, scale)
		if !ok {
			return nil, false
		}
		if s.smooth && scale < 1 && s.mode != "nearest" {
			if out[i] = s.wideTaps(x, from, scale); len(out[i]) == 0 {
				return nil, false
			}
			continue
		}
		switch s.mode {
		case "nearest":
			at, ok := s.next(x, exact)
			if !ok {
				return nil, false
			}
			out[i] = []tap{{min(max(at, 0), from-1), 1}}
		case "linear":
			x = min(max(x, 0), float64(from-1))
			low := math.Floor(x)
			out[i] = []tap{{int(low), 1 - (x - low)}, {min(int(low)+1, from-1), x - low}}
		case "cubic":
			out[i] = s.cubicTaps(x, from)
		default:
			return nil, false
		}
	}
	return out, true
}

// original is the place in the input that element i of the result stands for.
func (s sampling) original(i, from, to int, scale float64) (float64, bool) {
	x := float64(i)
	switch s.coordinates {
	case "half_pixel":
		return (x+0.5)/scale - 0.5, true
	case "half_pixel_symmetric":
		adjusted := float64(to) / float64(scale*float64(from))
		centre := float64(from) / 2
		return float64(centre*(1-adjusted)) + (x+0.5)/scale - 0.5, true
	case "pytorch_half_pixel":
		if to == 1 {
			return 0, true
		}
		return (x+0.5)/scale - 0.5, true
	case "align_corners":
		if to == 1 {
			return 0, true
		}
		return float64(x*float64(from-1)) / float64(to-1), true
	case "asymmetric":
		return x / scale, true
	}
	return 0, false
}

// next is the element that is next to a place. Runtimes compute the place in float32, so it has to be clear of the
// border between two, or of a scale that needs no rounding.
func (s sampling) next(x float64, exact bool) (int, bool) {
	doubled := float64(2 * x)
	if near := math.Round(doubled); (near != doubled || !exact) && math.Abs(near-doubled) < 1e-3 {
		return 0, false
	}
	low := math.Floor(x)
	half := x-low == 0.5
	switch s.nearest {
	case "floor":
		return int(low), true
	case "ceil":
		return int(math.Ceil(x)), true
	case "round_prefer_floor":
		if half {
			return int(low), true
		}
		return int(math.Floor(x + 0.5)), true
	case "round_prefer_ceil":
		return int(math.Floor(x + 0.5)), true
	}
	return 0, false
}

// cubicTaps is the four elements around a place by the kernel of Keys. Those outside repeat the border.
func (s sampling) cubicTaps(x float64, from int) []tap {
	low := math.Floor(x)
	r, a := x-low, s.cubic
	weights := []float64{outer(1+r, a), inner(r, a), inner(1-r, a), outer(2-r, a)}
	out, total := make([]tap, 0, 4), 0.0
	for k, w := range weights {
		at := int(low) - 1 + k
		if s.inside && (at < 0 || at >= from) {
			continue
		}
		out, total = append(out, tap{min(max(at, 0), from-1), w}), total+w
	}
	if s.inside {
		for k := range out {
			out[k].weight /= total
		}
	}
	return out
}

// wideTaps is the elements under a kernel that is as many times wider as the image becomes smaller.
func (s sampling) wideTaps(x float64, from int, scale float64) []tap {
	radius := map[string]float64{"linear": 1, "cubic": 2}[s.mode]
	var out []tap
	total := 0.0
	for at := math.Ceil(x - radius/scale); at <= x+radius/scale; at++ {
		d, w := float64(math.Abs(at-x)*scale), 0.0
		switch {
		case s.inside && (at < 0 || at >= float64(from)) || d >= radius:
			continue
		case radius == 1:
			w = 1 - d
		case d <= 1:
			w = inner(d, s.cubic)
		default:
			w = outer(d, s.cubic)
		}
		out, total = append(out, tap{int(min(max(at, 0), float64(from-1))), w}), total+w
	}
	for k := range out {
		out[k].weight /= total
	}
	return out
}

// inner is the kernel of Keys up to a distance of 1.
func inner(d, a float64) float64 {
	return float64(float64((float64((a+2)*d)-(a+3))*d)*d) + 1
}

// outer is the same from 1 to 2.
func outer(d, a float64) float64 {
	return float64((float64((float64(a*d)-float64(5*a))*d)+float64(8*a))*d) - float64(4*a)
}

// resampled is a tensor with an axis made anew.
func (e evaluation) resampled(x *tensor.Tensor, axis int, taps [][]tap, moves bool) (*tensor.Tensor, bool) {
	shape := slices.Clone(x.Shape())
	shape[axis] = int64(len(taps))
	from, to := linesOf(x.Shape(), axis), linesOf(shape, axis)
	if moves {
		return e.moved(x, shape, func(i int) int { return from.at(to.of(i), taps[i/to.inner%to.length][0].at) })
	}
	count, err := tensor.Count(shape)
	longest := len(slices.MaxFunc(taps, func(a, b []tap) int { return len(a) - len(b) }))
	if err != nil || !x.Type().IsFloat() || x.Type().ByteSize(count) > e.limit || longest > *e.work/max(count, 1) || !e.spend(longest*count+x.Len()) {
		return nil, false
	}
	values, out := x.Float64s(), make([]float64, count)
	for i := range out {
		for _, t := range taps[i/to.inner%to.length] {
			out[i] += float64(t.weight * values[from.at(to.of(i), t.at)])
		}
	}
	return floats(x.Type(), shape, out)
}
