package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// normalize computes operators that bring groups of numbers to a common mean, variance or length.
func (e evaluation) normalize() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "BatchNormalization":
		return e.batchNormalization()
	case "InstanceNormalization", "GroupNormalization":
		return e.byChannels()
	case "LayerNormalization":
		return e.layerNormalization()
	case "RMSNormalization":
		return e.rootMeanSquare()
	case "LpNormalization":
		return e.lpNormalization()
	case "MeanVarianceNormalization":
		return e.meanVariance()
	case "LRN":
		return e.responses()
	}
	return nil, false
}

// grouped is the numbers of the first input, of which number i belongs to group of(i).
type grouped struct {
	values []float64
	count  int
	of     func(i int) int
}

// numbersOf is the i-th input as floating-point numbers. It takes a few steps for each.
func (e evaluation) numbersOf(i int) ([]float64, bool) {
	t, ok := e.operand(i)
	if !ok || !t.Type().IsFloat() || !e.spend(4*t.Len()) {
		return nil, false
	}
	return t.Float64s(), true
}

// group divides the first input, which has to be small enough.
func (e evaluation) group(count int, of func(i int) int) (grouped, bool) {
	values, ok := e.numbersOf(0)
	return grouped{values, count, of}, ok && e.in[0].ByteSize() <= e.limit && count > 0 && count <= len(values)
}

// moments is the mean and the variance of each group.
func (g grouped) moments() (mean, variance []float64) {
	mean, variance = make([]float64, g.count), make([]float64, g.count)
	size := make([]float64, g.count)
	for i, v := range g.values {
		size[g.of(i)]++
		mean[g.of(i)] += v
	}
	for k := range mean {
		mean[k] /= size[k]
	}
	for i, v := range g.values {
		d := v - mean[g.of(i)]
		variance[g.of(i)] += float64(d * d)
	}
	for k := range variance {
		variance[k] /= size[k]
	}
	return mean, variance
}

// standardize makes the mean of each group 0 and its variance 1, but for epsilon.
func (g grouped) standardize(epsilon float64) {
	mean, variance := g.moments()
	for i, v := range g.values {
		k := g.of(i)
		g.values[i] = (v - mean[k]) / math.Sqrt(variance[k]+epsilon)
	}
}

// batchNormalization uses the mean and variance that it is given, or in training mode those of its input.
func (e evaluation) batchNormalization() (*tensor.Tensor, bool) {
	says, err := op.ReadBatchNormalization(e.n)
	shape := e.in[0].Shape()
	if err != nil || says.PerElement || len(shape) < 2 || len(e.in) != 5 || shape[1] == 0 {
		return nil, false
	}
	channels := int(shape[1])
	if opset := e.n.Graph().Opset(); opset < 14 && (says.Training || e.n.LiveOutputs() > 1) {
		return nil, false // what its other results were is not said exactly
	}
	inner, _ := tensor.Count(shape[2:])
	g, ok := e.group(channels, func(i int) int { return i / max(inner, 1) % channels })
	if !ok {
		return nil, false
	}
	var given [4][]float64 // scale, bias, mean, variance
	for i := range given {
		if given[i], ok = e.numbersOf(1 + i); !ok || len(given[i]) != channels {
			return nil, false
		}
	}
	mean, variance := given[2], given[3]
	if says.Training {
		mean, variance = g.moments()
	}
	switch e.out {
	case 1:
		return e.running(given[2], mean)
	case 2:
		return e.running(given[3], variance)
	}
	for i, v := range g.values {
		c := g.of(i)
		g.values[i] = float64(given[0][c]*((v-mean[c])/math.Sqrt(variance[c]+says.Epsilon))) + given[1][c]
	}
	return floats(e.elem, shape, g.values)
}

// running is what a BatchNormalization in training mode goes on with: a mixture of the old and the new.
func (e evaluation) running(before, now []float64) (*tensor.Tensor, bool) {
	m := e.Float("momentum")
	out := make([]float64, len(now))
	for c := range out {
		out[c] = float64(before[c]*m) + float64(now[c]*(1-m))
	}
	return floats(e.elem, []int64{int64(len(out))}, out)
}

// byChannels computes InstanceNormalization and GroupNormalization, whose groups are channels of one image.
func (e evaluation) byChannels() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	if len(shape) < 3 || shape[0] == 0 || shape[1] == 0 {
		return nil, false
	}
	channels, groups := int(shape[1]), int(shape[1])
	if e.n.Is("GroupNormalization") {
		if said := e.Int("num_groups"); said < 1 || said > shape[1] || shape[1]%said != 0 {
			return nil, false
		}
		groups = int(e.Int("num_groups"))
	}
	inner, _ := tensor.Count(shape[2:])
	if inner == 0 {
		return nil, false
	}
	size := channels / groups * inner
	g, ok := e.group(int(shape[0])*groups, func(i int) int { return i / size })
	scale, ok1 := e.numbersOf(1)
	bias, ok2 := e.numbersOf(2)
	if !ok || !ok1 || !ok2 || len(scale) != channels || len(bias) != channels {
		return nil, false
	}
	g.standardize(e.Float("epsilon"))
	for i, v := range g.values {
		c := i / inner % channels
		g.values[i] = float64(v*scale[c]) + bias[c]
	}
	return floats(e.elem, shape, g.values)
}

// layerNormalization normalizes all axes from the given one on together.
func (e evaluation) layerNormalization() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	g, axis, ok := e.trailing()
	if !ok {
		return nil, false
	}
	if e.out > 0 {
		mean, variance := g.moments()
		if e.out == 2 {
			for k, v := range variance {
				mean[k] = 1 / math.Sqrt(v+e.Float("epsilon"))
			}
		}
		kept := slices.Concat(shape[:axis], slices.Repeat([]int64{1}, len(shape)-axis))
		return floats(e.elem, kept, mean)
	}
	g.standardize(e.Float("epsilon"))
	return e.scaled(g.values)
}

// rootMeanSquare divides all axes from the given one on by the root of the mean of their squares.
func (e evaluation) rootMeanSquare() (*tensor.Tensor, bool) {
	g, _, ok := e.trailing()
	if !ok {
		return nil, false
	}
	sum := make([]float64, g.count)
	for i, v := range g.values {
		sum[g.of(i)] += float64(v * v)
	}
	size := float64(len(g.values) / g.count)
	for i, v := range g.values {
		g.values[i] = v / math.Sqrt(sum[g.of(i)]/size+e.Float("epsilon"))
	}
	return e.scaled(g.values)
}

// trailing groups the first input by all axes from the attribute axis on.
func (e evaluation) trailing() (g grouped, axis int, ok bool) {
	shape := e.in[0].Shape()
	if axis, ok = e.Axis(len(shape)); !ok {
		return g, 0, false
	}
	size, _ := tensor.Count(shape[axis:])
	if size == 0 {
		return g, 0, false
	}
	g, ok = e.group(e.in[0].Len()/size, func(i int) int { return i / size })
	return g, axis, ok
}

// scaled is numbers of the shape of the first input, times the second input, plus the third if there is one.
func (e evaluation) scaled(values []float64) (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	for k := 1; k < len(e.in); k++ {
		if e.in[k] == nil {
			continue
		}
		by, ok := e.numbersOf(k)
		both, fits := op.Broadcast(e.in[k].Shape(), shape)
		if !ok || !fits || !slices.Equal(both, shape) {
			return nil, false
		}
		at := strided(e.in[k].Shape(), shape)
		for i := range values {
			if k == 1 {
				values[i] = float64(values[i] * by[at(i)])
			} else {
				values[i] += by[at(i)]
			}
		}
	}
	return floats(e.elem, shape, values)
}

// lpNormalization divides each line of an axis by its sum of magnitudes or its length.
func (e evaluation) lpNormalization() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	axis, ok := e.Axis(len(shape))
	p := e.Int("p")
	if !ok || p != 1 && p != 2 {
		return nil, false
	}
	l := linesOf(shape, axis)
	g, ok := e.group(l.count(), l.of)
	if !ok {
		return nil, false
	}
	norm := make([]float64, g.count)
	for i, v := range g.values {
		if p == 1 {
			norm[g.of(i)] += math.Abs(v)
		} else {
			norm[g.of(i)] += float64(v * v)
		}
	}
	for i := range g.values {
		n := norm[g.of(i)]
		if p == 2 {
			n = math.Sqrt(n)
		}
		g.values[i] /= n
	}
	return floats(e.elem, shape, g.values)
}

// meanVariance is MeanVarianceNormalization, over the axes of images where it names none.
func (e evaluation) meanVariance() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	list := e.Ints("axes")
	if list == nil {
		list = []int64{0, 2, 3}
	}
	axes, err := op.Axes(list, len(shape))
	if err != nil {
		return nil, false
	}
	kept, count := make([]int, len(shape)), 1
	for i, size := range slices.Backward(shape) {
		if !slices.Contains(axes, i) {
			kept[i] = count
			count *= int(size)
		}
	}
	g, ok := e.group(count, func(i int) int { return dot(i, shape, kept) })
	if !ok {
		return nil, false
	}
	mean, variance := g.moments()
	for i, v := range g.values {
		k := g.of(i)
		g.values[i] = (v - mean[k]) / (math.Sqrt(variance[k]) + float64(float32(1e-9)))
	}
	return floats(e.elem, shape, g.values)
}

// responses is LRN: each number is divided by a power of the squares of its neighbours among the channels.
func (e evaluation) responses() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	size := e.Int("size")
	x, ok := e.numbersOf(0)
	if !ok || len(shape) < 2 || size < 1 || size > op.MaxExtent || !e.spend(len(x)*int(min(size, shape[1]))) {
		return nil, false
	}
	l := linesOf(shape, 1)
	before := int(size-1) / 2
	after := int(size) - 1 - before
	out := make([]float64, len(x))
	for line := range l.count() {
		for c := range l.length {
			sum := 0.0
			for k := max(c-before, 0); k <= min(c+after, l.length-1); k++ {
				v := x[l.at(line, k)]
				sum += float64(v * v)
			}
			at := l.at(line, c)
			out[at] = x[at] / power(e.Float("bias")+float64(e.Float("alpha")/float64(size)*sum), e.Float("beta"))
		}
	}
	return floats(e.elem, shape, out)
}
