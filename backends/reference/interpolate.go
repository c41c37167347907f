package reference

import (
	"fmt"
	"math"
)

// blend is how one output of a resized axis is made: the sum of weight[k] times input index[k].
type blend struct {
	index  []int
	weight []float64
}

// resizing is a Resize whose attributes have been read.
type resizing struct {
	mode, coordinates, nearest string
	cubic                      float64
	exclude                    bool
	antialias                  bool // whether a smaller output averages more of the input
}

// blends says how each output of an axis is made.
func (r resizing) blends(in, out int, scale float64) ([]blend, error) {
	list := make([]blend, out)
	for o := range list {
		at, err := r.original(float64(o), float64(in), float64(out), scale)
		if err != nil {
			return nil, err
		}
		if wide := r.wide(at, in, scale); wide != nil {
			list[o] = *wide
			continue
		}
		switch r.mode {
		case "nearest":
			i, err := r.round(at)
			if err != nil {
				return nil, err
			}
			list[o] = blend{index: []int{clampIndex(i, in)}, weight: []float64{1}}
		case "linear", "bilinear":
			at = min(max(at, 0), float64(in-1))
			floor := math.Floor(at)
			list[o] = blend{
				index:  []int{int(floor), clampIndex(floor+1, in)},
				weight: []float64{1 - (at - floor), at - floor},
			}
		case "cubic":
			list[o] = r.cubicBlend(at, in)
		default:
			return nil, fmt.Errorf("mode %q is not known", r.mode)
		}
	}
	return list, nil
}

func clampIndex(i float64, size int) int { return int(min(max(i, 0), float64(size-1))) }

// original is the coordinate in the input of a place in the output.
func (r resizing) original(o, in, out, scale float64) (float64, error) {
	switch r.coordinates {
	case "half_pixel":
		return (o+0.5)/scale - 0.5, nil
	case "half_pixel_symmetric":
		adjust := out / (scale * in)
		return in/2*(1-adjust) + (o+0.5)/scale - 0.5, nil
	case "pytorch_half_pixel":
		if out > 1 {
			return (o+0.5)/scale - 0.5, nil
		}
		return 0, nil
	case "tf_half_pixel_for_nn":
		return (o + 0.5) / scale, nil
	case "asymmetric":
		return o / scale, nil
	case "align_corners":
		if out > 1 {
			return o * (in - 1) / (out - 1), nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("coordinate_transformation_mode %q is not computed", r.coordinates)
}

func (r resizing) round(at float64) (float64, error) {
	switch r.nearest {
	case "round_prefer_floor":
		return math.Ceil(at - 0.5), nil
	case "round_prefer_ceil":
		return math.Floor(at + 0.5), nil
	case "floor":
		return math.Floor(at), nil
	case "ceil":
		return math.Ceil(at), nil
	}
	return 0, fmt.Errorf("nearest_mode %q is not known", r.nearest)
}

// wide is a blend by a filter that is as many times wider as the output is smaller, against aliasing; nil where none is
// asked for.
func (r resizing) wide(at float64, in int, scale float64) *blend {
	radius := map[string]float64{"linear": 1, "bilinear": 1, "cubic": 2}[r.mode]
	if !r.antialias || scale >= 1 || radius == 0 {
		return nil
	}
	b, sum := &blend{}, 0.0
	for k := math.Floor(at-radius/scale) + 1; k < at+radius/scale; k++ {
		d := math.Abs(k-at) * scale
		w := 1 - d
		if radius == 2 {
			w = keys(d, r.cubic)
		}
		if r.exclude && (k < 0 || k >= float64(in)) {
			continue
		}
		b.index, b.weight = append(b.index, clampIndex(k, in)), append(b.weight, w)
		sum += w
	}
	for k := range b.weight {
		b.weight[k] /= sum
	}
	return b
}

// cubicBlend is Keys' cubic convolution over four neighbours; outside ones repeat the border, or with
// exclude_outside count nothing.
func (r resizing) cubicBlend(at float64, in int) blend {
	floor := math.Floor(at)
	b, sum := blend{}, 0.0
	for k := -1.0; k <= 2; k++ {
		w := keys(math.Abs(at-floor-k), r.cubic)
		if r.exclude && (floor+k < 0 || floor+k >= float64(in)) {
			w = 0
		}
		b.index = append(b.index, clampIndex(floor+k, in))
		b.weight = append(b.weight, w)
		sum += w
	}
	if r.exclude {
		for k := range b.weight {
			b.weight[k] /= sum
		}
	}
	return b
}

func keys(d, a float64) float64 {
	switch {
	case d <= 1:
		return ((a+2)*d-(a+3))*d*d + 1
	case d < 2:
		return ((a*d-5*a)*d+8*a)*d - 4*a
	}
	return 0
}
