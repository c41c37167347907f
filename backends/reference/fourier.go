package reference

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// fourier is a discrete Fourier transform of n elements, computed term by term.
type fourier struct {
	n        int
	inverse  bool
	cos, sin []float64 // of the n-th parts of a turn
}

func (c *call) fourier(n int, inverse bool) (fourier, error) {
	if n < 1 || n > c.limit {
		return fourier{}, fmt.Errorf("a transform of %d elements is not computed", n)
	}
	f := fourier{n: n, inverse: inverse, cos: make([]float64, n), sin: make([]float64, n)}
	for k := range n {
		f.sin[k], f.cos[k] = math.Sincos(2 * math.Pi * float64(k) / float64(n))
	}
	return f, nil
}

// transform writes as many elements of the result as there is room for. The input may be shorter than n, and is then
// zero. It ends with the context.
func (f fourier) transform(ctx context.Context, outRe, outIm, re, im []float64) {
	sign, scale := -1.0, 1.0
	if f.inverse {
		sign, scale = 1, 1/float64(f.n)
	}
	for k := range outRe {
		if ctx.Err() != nil {
			return
		}
		sumRe, sumIm := 0.0, 0.0
		for j := range re {
			at := j * k % f.n
			a, b := f.cos[at], sign*f.sin[at]
			sumRe += a*re[j] - b*im[j]
			sumIm += a*im[j] + b*re[j]
		}
		outRe[k], outIm[k] = sumRe*scale, sumIm*scale
	}
}

// dft transforms along an axis. The last axis has real and imaginary parts, or real ones only. One side is the half of
// the result that stands for the whole when the other side is real.
func dft(c *call) ([]*array, error) {
	x := c.in[0]
	if x.kind() != floats || x.rank() < 2 || x.shape[x.rank()-1] < 1 || x.shape[x.rank()-1] > 2 {
		return nil, fmt.Errorf("input %s%v does not have real and imaginary parts along its last axis", x.typ, x.shape)
	}
	axis, err := c.dftAxis()
	if err != nil {
		return nil, err
	}
	inverse, half := c.int("inverse", 0) != 0, c.int("onesided", 0) != 0
	n := x.shape[axis]
	if inverse && half {
		n = 2 * (n - 1)
	}
	if list, given, err := c.list(1, ""); err != nil {
		return nil, err
	} else if given {
		if len(list) != 1 || list[0] < 1 || list[0] > int64(c.limit) {
			return nil, fmt.Errorf("dft_length is %v, not one positive number", list)
		}
		n = int(list[0])
	}
	f, err := c.fourier(n, inverse)
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(x.shape)
	shape[axis], shape[x.rank()-1] = n, 2
	switch {
	case half && inverse:
		shape[x.rank()-1] = 1
	case half:
		shape[axis] = n/2 + 1
	}
	y, err := c.make(x.typ, shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	inner := elements(x.shape[axis+1 : x.rank()-1])
	parallel(y.len()/shape[axis]/shape[x.rank()-1], 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			f.line(c.ctx, y, x, axis, p/inner, p%inner, half)
		}
	})
	return one(y, c.ctx.Err())
}

// dftAxis is an attribute up to opset 19, and an input later.
func (c *call) dftAxis() (int, error) {
	axis, rank := int64(-2), c.in[0].rank()
	if c.opset < 20 {
		axis = c.int("axis", 1)
	} else if list, given, err := c.list(2, ""); err != nil || given {
		if err != nil || len(list) != 1 {
			return 0, fmt.Errorf("the axis is %v, not one number", list)
		}
		axis = list[0]
	}
	at, err := axisOf(axis, rank)
	if err == nil && at == rank-1 {
		err = fmt.Errorf("axis %d is that of real and imaginary parts", axis)
	}
	return at, err
}

// line transforms one line along an axis.
func (f fourier) line(ctx context.Context, y, x *array, axis, outer, inner int, half bool) {
	parts, outParts := x.shape[x.rank()-1], y.shape[y.rank()-1]
	step := elements(x.shape[axis+1 : x.rank()-1])
	used := min(x.shape[axis], f.n)
	if f.inverse && half {
		used = min(used, f.n/2+1)
	}
	re, im := make([]float64, f.n), make([]float64, f.n)
	for k := range used {
		at := ((outer*x.shape[axis]+k)*step + inner) * parts
		re[k] = x.f[at]
		if parts == 2 {
			im[k] = x.f[at+1]
		}
	}
	if f.inverse && half { // the other half are the conjugates; where both halves meet the result is real
		im[0] = 0
		for k := 1; k <= f.n/2; k++ {
			if 2*k == f.n {
				im[k] = 0
			}
			re[f.n-k], im[f.n-k] = re[k], -im[k]
		}
		used = f.n
	}
	outRe, outIm := make([]float64, y.shape[axis]), make([]float64, y.shape[axis])
	f.transform(ctx, outRe, outIm, re[:used], im[:used])
	for k := range outRe {
		at := ((outer*len(outRe)+k)*step + inner) * outParts
		y.f[at] = outRe[k]
		if outParts == 2 {
			y.f[at+1] = outIm[k]
		}
	}
}

// stft transforms frames of a signal, each times a window.
func stft(c *call) ([]*array, error) {
	x, window := c.in[0], c.input(2)
	if x.kind() != floats || x.rank() != 3 || x.shape[2] < 1 || x.shape[2] > 2 {
		return nil, fmt.Errorf("signal %s%v does not have the axes batch, time, and real and imaginary parts", x.typ, x.shape)
	}
	step, err := c.count(1, "frame_step", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	length := x.shape[1]
	if window != nil {
		if window.kind() != floats || window.rank() != 1 {
			return nil, fmt.Errorf("window %s%v is not a list of numbers", window.typ, window.shape)
		}
		length = window.len()
	}
	if c.input(3) != nil {
		if length, err = c.count(3, "frame_length", math.MaxInt32); err != nil {
			return nil, err
		}
	}
	if step < 1 || length > x.shape[1] || window != nil && window.len() != length {
		return nil, fmt.Errorf("frames of %d, %d apart, do not fit a signal of %d or their window", length, step, x.shape[1])
	}
	f, err := c.fourier(length, false)
	if err != nil {
		return nil, err
	}
	bins := length
	if c.int("onesided", 1) != 0 {
		bins = length/2 + 1
	}
	frames := (x.shape[1]-length)/step + 1
	y, err := c.make(x.typ, x.shape[0], frames, bins, 2)
	if err != nil {
		return nil, err
	}
	parallel(x.shape[0]*frames, 1, func(lo, hi int) {
		re, im := make([]float64, length), make([]float64, length)
		outRe, outIm := make([]float64, bins), make([]float64, bins)
		for p := lo; p < hi; p++ {
			for k := range length {
				at, w := (p/frames*x.shape[1]+p%frames*step+k)*x.shape[2], 1.0
				if window != nil {
					w = window.f[k]
				}
				re[k] = w * x.f[at]
				if x.shape[2] == 2 {
					im[k] = w * x.f[at+1]
				}
			}
			f.transform(c.ctx, outRe, outIm, re, im)
			for k := range bins {
				y.f[(p*bins+k)*2], y.f[(p*bins+k)*2+1] = outRe[k], outIm[k]
			}
		}
	})
	return one(y, c.ctx.Err())
}

// cosines makes windows that are a sum of cosines of multiples of the place.
func cosines(factors ...float64) operator {
	return func(c *call) ([]*array, error) {
		size, err := c.count(0, "size", c.limit)
		if err != nil {
			return nil, err
		}
		y, err := c.make(tensor.Float64, size)
		if err != nil {
			return nil, err
		}
		turn := float64(max(size, 1))
		if c.int("periodic", 1) == 0 {
			turn = max(turn-1, 1)
		}
		for k := range y.f {
			for i, factor := range factors {
				y.f[k] += factor * math.Cos(2*math.Pi*float64(i)*float64(k)/turn)
			}
		}
		return one(castTo(c, y, tensor.Type(c.int("output_datatype", int64(tensor.Float32)))))
	}
}
