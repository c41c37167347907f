package reference

import (
	"fmt"
	"math"
	"slices"
)

// resize changes the sizes of axes by interpolation, one axis after another.
func resize(c *call) ([]*array, error) {
	r := resizing{
		mode:        c.str("mode", "nearest"),
		coordinates: c.str("coordinate_transformation_mode", "half_pixel"),
		nearest:     c.str("nearest_mode", "round_prefer_floor"),
		cubic:       c.float("cubic_coeff_a", -0.75),
		exclude:     c.int("exclude_outside", 0) != 0,
		antialias:   c.int("antialias", 0) != 0,
	}
	if c.opset < 11 {
		r.coordinates, r.nearest = "asymmetric", "floor"
	}
	axes, err := c.resizedAxes()
	if err != nil {
		return nil, err
	}
	scalesAt, sizesAt := 2, 3
	if c.opset < 11 {
		scalesAt, sizesAt = 1, 4
	}
	scales, shape, err := c.resizedShape(scalesAt, sizesAt, axes)
	if err != nil {
		return nil, err
	}
	return r.run(c, c.in[0], scales, shape)
}

// upsample is the older form of Resize.
func upsample(c *call) ([]*array, error) {
	r := resizing{mode: c.str("mode", "nearest"), coordinates: "asymmetric", nearest: "floor"}
	x := c.in[0]
	if a := c.anyAttr("scales"); a != nil {
		if len(a.Floats) != x.rank() {
			return nil, fmt.Errorf("%d scales do not fit %v", len(a.Floats), x.shape)
		}
		scales := &array{f: make([]float64, len(a.Floats))}
		for k, v := range a.Floats {
			scales.f[k] = float64(v)
		}
		c.in = []*array{x, scales.reshaped([]int{x.rank()}).typed(x.typ)}
	}
	scales, shape, err := c.resizedShape(1, 4, counting(x.rank()))
	if err != nil {
		return nil, err
	}
	return r.run(c, x, scales, shape)
}

func (c *call) resizedAxes() ([]int, error) {
	rank := c.in[0].rank()
	if !c.has("axes") {
		return counting(rank), nil
	}
	return axesOf(c.ints("axes"), rank)
}

// resizedShape is the scale and the size of every axis, from whichever of the two inputs is given.
func (c *call) resizedShape(scalesAt, sizesAt int, axes []int) ([]float64, []int, error) {
	x := c.in[0]
	scales, shape := slices.Repeat([]float64{1}, x.rank()), slices.Clone(x.shape)
	given := func(i int) bool { return c.input(i) != nil && c.input(i).len() > 0 }
	switch {
	case given(sizesAt):
		sizes := c.input(sizesAt)
		if sizes.kind() != integers || sizes.len() != len(axes) {
			return nil, nil, fmt.Errorf("sizes are %s%v for %d axes", sizes.typ, sizes.shape, len(axes))
		}
		if err := c.bySizes(sizes.i, axes, scales, shape); err != nil {
			return nil, nil, err
		}
	case given(scalesAt):
		s := c.input(scalesAt)
		if s.kind() != floats || s.len() != len(axes) {
			return nil, nil, fmt.Errorf("scales are %s%v for %d axes", s.typ, s.shape, len(axes))
		}
		for k, axis := range axes {
			size := math.Floor(float64(x.shape[axis]) * s.f[k])
			if !(s.f[k] > 0) || size > math.MaxInt32 {
				return nil, nil, fmt.Errorf("scale %g is not positive or is too large", s.f[k])
			}
			scales[axis], shape[axis] = s.f[k], int(size)
		}
	default:
		return nil, nil, fmt.Errorf("neither scales nor sizes are given")
	}
	for k, d := range x.shape {
		if d == 0 && shape[k] > 0 {
			return nil, nil, fmt.Errorf("axis %d of %v is empty", k, x.shape)
		}
	}
	_, err := countElements(shape, c.limit)
	return scales, shape, err
}

func (c *call) bySizes(sizes []int64, axes []int, scales []float64, shape []int) error {
	policy := c.str("keep_aspect_ratio_policy", "stretch")
	want, err := dims(sizes)
	if err != nil {
		return err
	}
	common := math.NaN()
	for k, axis := range axes {
		if shape[axis] == 0 {
			return fmt.Errorf("axis %d is empty", axis)
		}
		scales[axis] = float64(want[k]) / float64(shape[axis])
		switch {
		case common != common:
			common = scales[axis]
		case policy == "not_larger":
			common = min(common, scales[axis])
		case policy == "not_smaller":
			common = max(common, scales[axis])
		}
	}
	for k, axis := range axes {
		switch policy {
		case "stretch":
			shape[axis] = want[k]
		case "not_larger", "not_smaller":
			scales[axis] = common
			shape[axis] = int(math.Floor(common*float64(shape[axis]) + 0.5))
		default:
			return fmt.Errorf("keep_aspect_ratio_policy %q is not known", policy)
		}
	}
	return nil
}

func (r resizing) run(c *call, x *array, scales []float64, shape []int) ([]*array, error) {
	if r.mode == "nearest" {
		index := identityIndex(x.shape)
		for k := range index {
			if scales[k] == 1 && shape[k] == x.shape[k] {
				continue
			}
			blends, err := r.blends(x.shape[k], shape[k], scales[k])
			if err != nil {
				return nil, err
			}
			index[k] = make([]int, shape[k])
			for o, b := range blends {
				index[k][o] = b.index[0]
			}
		}
		return one(picked(c, x, index, nil))
	}
	if x.kind() != floats {
		return nil, fmt.Errorf("mode %s on %s", r.mode, x.typ)
	}
	for k := range shape {
		if scales[k] == 1 && shape[k] == x.shape[k] {
			continue
		}
		blends, err := r.blends(x.shape[k], shape[k], scales[k])
		if err != nil {
			return nil, err
		}
		if x, err = blendAxis(c, x, k, blends); err != nil {
			return nil, err
		}
	}
	return one(x, nil)
}

func blendAxis(c *call, x *array, axis int, blends []blend) (*array, error) {
	shape := slices.Clone(x.shape)
	shape[axis] = len(blends)
	y, err := c.make(x.typ, shape...)
	if err != nil {
		return nil, err
	}
	inner := elements(shape[axis+1:])
	parallel(elements(shape[:axis]), 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			for o, b := range blends {
				to := y.f[(p*len(blends)+o)*inner:][:inner]
				for k, i := range b.index {
					for j, v := range x.f[(p*x.shape[axis]+i)*inner:][:inner] {
						to[j] += b.weight[k] * v
					}
				}
			}
		}
	})
	return y, nil
}
