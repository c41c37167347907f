package reference

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// pool runs reduce over every channel of every image.
func (c *call) pool(reduce func(v volume, y, x []float64)) ([]*array, error) {
	return c.poolEach(func(v volume, _ int, y, x []float64) { reduce(v, y, x) })
}

// poolEach is pool for a function that is told the number of the channel, counted over all images.
func (c *call) poolEach(reduce func(v volume, channel int, y, x []float64)) ([]*array, error) {
	x := c.in[0]
	if x.rank() < 3 {
		return nil, fmt.Errorf("input of shape %v needs at least 3 axes", x.shape)
	}
	kernel, err := c.sizes("kernel_shape", x.rank()-2, 1, 0)
	if err != nil {
		return nil, err
	}
	ws, err := c.windows(x.shape[2:], kernel, c.int("ceil_mode", 0) != 0)
	if err != nil {
		return nil, err
	}
	y, err := c.make(x.typ, append([]int{x.shape[0], x.shape[1]}, outputs(ws)...)...)
	if err != nil {
		return nil, err
	}
	v := newVolume(ws)
	parallel(x.shape[0]*x.shape[1], 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			reduce(v, p, y.f[p*v.outSize():(p+1)*v.outSize()], x.f[p*v.inSize():(p+1)*v.inSize()])
		}
	})
	return one(y, nil)
}

// maxPool is the largest element of each window. The second result is where it stands, counted over the whole
// input.
func maxPool(c *call) ([]*array, error) {
	typ := c.in[0].typ
	if c.in[0].kind() == text {
		return nil, fmt.Errorf("input is %s, not numbers", typ)
	}
	c.in[0] = asFloats(c.in[0])
	if c.outs > 1 {
		return c.maxPoolPlaces(typ)
	}
	y, err := c.pool(func(v volume, y, x []float64) {
		fill(y, math.Inf(-1))
		v.each(func(out, at int) { y[out] = max(y[out], x[at]) })
	})
	if err != nil {
		return nil, err
	}
	return one(castTo(c, y[0], typ))
}

// maxPoolPlaces is maxPool with the places.
func (c *call) maxPoolPlaces(typ tensor.Type) ([]*array, error) {
	x := c.in[0].f
	places, err := c.poolEach(func(v volume, channel int, y, plane []float64) {
		fill(y, -1)
		v.each(func(out, at int) {
			if best := int(y[out]); best < 0 || compareFloats(plane[at], plane[best]) > 0 {
				y[out] = float64(at)
			}
		})
		for k, at := range y { // a window that lies in the padding as a whole has the first place
			y[k] = max(at, 0) + float64(channel*len(plane))
		}
	})
	if err != nil {
		return nil, err
	}
	y, err := c.make(tensor.Float64, places[0].shape...)
	if err != nil {
		return nil, err
	}
	size := elements(c.in[0].shape[2:])
	for k, at := range places[0].f {
		y.f[k] = x[int(at)]
		if c.int("storage_order", 0) != 0 {
			places[0].f[k] = columnMajor(int(at), c.in[0].shape[2:], size)
		}
	}
	if y, err = castTo(c, y, typ); err != nil {
		return nil, err
	}
	at, err := castTo(c, places[0], tensor.Int64)
	return []*array{y, at}, err
}

// columnMajor is the place of an element when the first spatial axis is the innermost.
func columnMajor(at int, spatial []int, size int) float64 {
	base, rest, place := at/size*size, at%size, 0
	step := size
	for _, d := range slices.Backward(spatial) {
		step /= d
		place += rest % d * step
		rest /= d
	}
	return float64(base + place)
}

func averagePool(c *call) ([]*array, error) {
	padded := c.int("count_include_pad", 0) != 0
	return c.pool(func(v volume, y, x []float64) {
		v.each(func(out, at int) { y[out] += x[at] })
		counts := [3][]float64{v[0].counts(padded), v[1].counts(padded), v[2].counts(padded)}
		k := 0
		for _, a := range counts[0] {
			for _, b := range counts[1] {
				for _, c := range counts[2] {
					y[k] /= a * b * c
					k++
				}
			}
		}
	})
}

// lpPool is the p-norm of each window.
func lpPool(c *call) ([]*array, error) {
	p := float64(c.int("p", 2))
	return c.pool(func(v volume, y, x []float64) {
		v.each(func(out, at int) { y[out] += math.Pow(math.Abs(x[at]), p) })
		for k := range y {
			y[k] = math.Pow(y[k], 1/p)
		}
	})
}

// each visits every pair of an output and an input that it reads, tap after tap.
func (v volume) each(visit func(out, at int)) {
	stride := v[2].stride
	for t := range v.taps() {
		v.lines(t, func(out, at, n int) {
			for k := range n {
				visit(out+k, at+k*stride)
			}
		})
	}
}

// counts is, for each output, the number of taps inside the input, or inside the padded input. Taps
// past the padding, which ceil_mode allows, never count.
func (w window) counts(padded bool) []float64 {
	lo, hi := 0, w.in
	if padded {
		lo, hi = -w.begin, w.in+w.end
	}
	out := make([]float64, w.out)
	for o := range out {
		for k := range w.kernel {
			if at := o*w.stride + w.offset(k); at >= lo && at < hi {
				out[o]++
			}
		}
	}
	return out
}

// globalPool reduces all spatial axes of a channel to one element.
func globalPool(reduce func(plane []float64) float64) operator {
	return func(c *call) ([]*array, error) {
		x := c.in[0]
		if x.rank() < 3 {
			return nil, fmt.Errorf("input of shape %v needs at least 3 axes", x.shape)
		}
		y, err := c.make(x.typ, append([]int{x.shape[0], x.shape[1]}, ones(x.rank()-2)...)...)
		if err != nil {
			return nil, err
		}
		size := elements(x.shape[2:])
		for p := range y.f {
			y.f[p] = reduce(x.f[p*size : (p+1)*size])
		}
		return one(y, nil)
	}
}
