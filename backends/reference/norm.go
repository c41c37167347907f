package reference

import (
	"fmt"
	"math"
	"slices"
)

// defaultEpsilon is what an absent epsilon means; attributes are float32.
const defaultEpsilon = float32(1e-5)

// batchNormalization is y = (x − mean)·scale/√(variance + epsilon) + bias for each channel, the form
// for inference. With spatial=0, up to opset 8, the parameters have the shape of one image and each of
// its elements counts as a channel.
func batchNormalization(c *call) ([]*array, error) {
	x := c.in[0]
	training := c.opset >= 14 && c.int("training_mode", 0) != 0
	switch {
	case c.opset < 7 && c.int("is_test", 0) == 0:
		return nil, fmt.Errorf("training mode is not computed")
	case c.outs > 1 && !training:
		return nil, fmt.Errorf("%d outputs ask for training mode, which is not computed", c.outs)
	case c.opset >= 9 && c.int("spatial", 1) == 0:
		return nil, fmt.Errorf("spatial=0 does not exist in opset %d", c.opset)
	case x.rank() < 1:
		return nil, fmt.Errorf("input is a scalar")
	}
	shape, size := []int{1}, x.len()
	if x.rank() > 1 {
		shape, size = x.shape[1:2], elements(x.shape[2:])
	}
	if c.int("spatial", 1) == 0 {
		shape, size = x.shape[1:], 1
	}
	channels := elements(shape)
	for k, name := range []string{"scale", "B", "input_mean", "input_var"} {
		if p := c.in[k+1]; !slices.Equal(p.shape, shape) {
			return nil, fmt.Errorf("%s of shape %v does not fit %d channels", name, p.shape, channels)
		}
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	epsilon := c.float("epsilon", defaultEpsilon)
	if training {
		return c.trainingNormalization(y, size, epsilon)
	}
	parallel(y.len()/size, 1+grain/size, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			k := p % channels
			factor := c.in[1].f[k] / math.Sqrt(c.in[4].f[k]+epsilon)
			scaleShift(y.f[p*size:(p+1)*size], x.f[p*size:(p+1)*size], c.in[3].f[k], factor, c.in[2].f[k])
		}
	})
	return one(y, nil)
}

// trainingNormalization is the form for training, since opset 14: y is normalized by the mean and the variance of the batch
// itself, and those that are handed in are moved towards them.
func (c *call) trainingNormalization(y *array, size int, epsilon float64) ([]*array, error) {
	x, channels := c.in[0], c.in[1].len()
	momentum := c.float("momentum", 0.9)
	out := []*array{y}
	for _, p := range c.in[3:5] {
		running, err := c.make(p.typ, p.shape...)
		if err != nil {
			return nil, err
		}
		out = append(out, running)
	}
	for k := range channels {
		var batch []float64
		for p := k; p < x.len()/size; p += channels {
			batch = append(batch, x.f[p*size:(p+1)*size]...)
		}
		mean, variance := moments(batch)
		for p := k; p < x.len()/size; p += channels {
			scaleShift(y.f[p*size:(p+1)*size], x.f[p*size:(p+1)*size], mean, c.in[1].f[k]/math.Sqrt(variance+epsilon), c.in[2].f[k])
		}
		out[1].f[k] = c.in[3].f[k]*momentum + mean*(1-momentum)
		out[2].f[k] = c.in[4].f[k]*momentum + variance*(1-momentum)
	}
	return out[:max(c.outs, 1)], nil
}

// scaleShift is y = (x − mean)·factor + bias.
func scaleShift(y, x []float64, mean, factor, bias float64) {
	for k, v := range x {
		y[k] = (v-mean)*factor + bias
	}
}

// moments is the mean and the variance of x.
func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x))
}

// instanceNormalization is the normalization of each channel of each image by its own moments.
func instanceNormalization(c *call) ([]*array, error) {
	x, scale, bias := c.in[0], c.in[1], c.in[2]
	if x.rank() < 3 || scale.len() != x.shape[1] || bias.len() != x.shape[1] {
		return nil, fmt.Errorf("scale of shape %[2]v and B of shape %[3]v do not fit an input of shape %[1]v", x.shape, scale.shape, bias.shape)
	}
	return c.normalizeRows(elements(x.shape[2:]), c.float("epsilon", defaultEpsilon), func(y []float64, row int) {
		k := row % x.shape[1]
		scaleShift(y, y, 0, scale.f[k], bias.f[k])
	})
}

// groupNormalization normalizes groups of channels together; from opset 21 on scale and bias are per
// channel, before per group.
func groupNormalization(c *call) ([]*array, error) {
	x, scale, bias := c.in[0], c.in[1], c.in[2]
	groups := int(c.int("num_groups", 0))
	if x.rank() < 3 || groups < 1 || x.shape[1]%groups != 0 {
		return nil, fmt.Errorf("input of shape %v does not fit num_groups %d", x.shape, groups)
	}
	inGroup, size := x.shape[1]/groups, elements(x.shape[2:])
	want := x.shape[1]
	if c.opset < 21 {
		want = groups
	}
	if scale.len() != want || bias.len() != want {
		return nil, fmt.Errorf("scale of shape %v and bias of shape %v need %d elements", scale.shape, bias.shape, want)
	}
	return c.normalizeRows(inGroup*size, c.float("epsilon", defaultEpsilon), func(y []float64, row int) {
		for k := range inGroup {
			p := row % groups
			if want != groups {
				p = p*inGroup + k
			}
			scaleShift(y[k*size:(k+1)*size], y[k*size:(k+1)*size], 0, scale.f[p], bias.f[p])
		}
	})
}

// layerNormalization normalizes over the axes from axis on. The outputs Mean and InvStdDev keep those
// axes with size 1.
func layerNormalization(c *call) ([]*array, error) {
	x, scale, bias := c.in[0], c.in[1], c.input(2)
	axis, err := axisOf(c.int("axis", -1), x.rank())
	if err != nil {
		return nil, err
	}
	size, epsilon := elements(x.shape[axis:]), c.float("epsilon", defaultEpsilon)
	shape := append(slices.Clone(x.shape[:axis]), ones(x.rank()-axis)...)
	means, err := c.make(x.typ, shape...)
	if err != nil {
		return nil, err
	}
	inverses, err := c.make(x.typ, shape...)
	if err != nil {
		return nil, err
	}
	for row := range means.f {
		m, variance := moments(x.f[row*size : (row+1)*size])
		means.f[row], inverses.f[row] = m, 1/math.Sqrt(variance+epsilon)
	}
	y, err := c.normalizeRows(size, epsilon, func([]float64, int) {})
	if err != nil {
		return nil, err
	}
	scaled, err := pairFloats(c, y[0], scale, func(a, b float64) float64 { return a * b })
	if err == nil && bias != nil {
		scaled, err = pairFloats(c, scaled, bias, func(a, b float64) float64 { return a + b })
	}
	return []*array{scaled, means, inverses}, err
}

// normalizeRows subtracts the mean of every size elements and divides by √(variance + epsilon), then
// hands them to finish.
func (c *call) normalizeRows(size int, epsilon float64, finish func(y []float64, row int)) ([]*array, error) {
	x := c.in[0]
	y, err := c.make(x.typ, x.shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	parallel(y.len()/size, 1+grain/size, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			from, to := x.f[row*size:(row+1)*size], y.f[row*size:(row+1)*size]
			mean, variance := moments(from)
			scaleShift(to, from, mean, 1/math.Sqrt(variance+epsilon), 0)
			finish(to, row)
		}
	})
	return one(y, nil)
}

// lrn is y = x/(bias + alpha/size·Σx²)^beta, the sum over size neighbouring channels.
func lrn(c *call) ([]*array, error) {
	x := c.in[0]
	if x.rank() < 2 {
		return nil, fmt.Errorf("input of shape %v needs at least 2 axes", x.shape)
	}
	size := int(c.int("size", 0))
	if size < 1 {
		return nil, fmt.Errorf("size is %d, which is not positive", size)
	}
	alpha, beta, bias := c.float("alpha", 0.0001), c.float("beta", 0.75), c.float("bias", 1)
	y, err := c.make(x.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	channels, inner := x.shape[1], elements(x.shape[2:])
	parallel(x.shape[0]*channels, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			n, k := p/channels, p%channels
			first, last := max(0, k-(size-1)/2), min(channels-1, k+size/2)
			for j := range inner {
				sum := 0.0
				for ch := first; ch <= last; ch++ {
					v := x.f[(n*channels+ch)*inner+j]
					sum += v * v
				}
				y.f[p*inner+j] = x.f[p*inner+j] / math.Pow(bias+alpha/float64(size)*sum, beta)
			}
		}
	})
	return one(y, nil)
}
