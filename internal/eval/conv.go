package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// convolution computes Conv, ConvInteger, ConvTranspose and Col2Im.
func (e evaluation) convolution() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Col2Im":
		return e.columnsToImage()
	case "ConvTranspose":
		return e.transposed()
	case "ConvInteger":
		return e.convInteger()
	case "Conv":
		if !e.alike() {
			return nil, false
		}
		if result, shape, ok := e.convolved(); ok {
			return e.biased(result, shape)
		}
	}
	return nil, false
}

// convInteger computes ConvInteger: a convolution of integers from which their zero points are taken. The weights may have a zero point
// for each channel of the result. The sums are whole numbers that float64 holds.
func (e evaluation) convInteger() (*tensor.Tensor, bool) {
	if len(e.in) < 2 || e.in[1] == nil || e.in[1].Len() == 0 {
		return nil, false
	}
	most := float64(e.in[1].Len()) / float64(e.in[1].Shape()[0])
	for i := range 2 {
		list, ok := e.withoutZeroPoint(i, i == 1)
		if !ok {
			return nil, false
		}
		values, top := widened(list)
		most *= top
		e.in = slices.Clone(e.in)
		e.in[i] = tensor.Compute(tensor.Float64, e.in[i].Shape(), tensor.Vector(values))
	}
	if most >= 1<<31 {
		return nil, false // int32 may not hold a sum
	}
	values, shape, ok := e.convolved()
	if !ok {
		return nil, false
	}
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return integers(e.elem, shape, out)
}

// convolved is the sums of a convolution of the first two inputs, and their shape.
func (e evaluation) convolved() (result []float64, shape []int64, ok bool) {
	if len(e.in) < 2 || e.in[1] == nil {
		return nil, nil, false
	}
	x := e.in[0]
	w := e.in[1].Shape()
	c, err := op.ReadConv(e.n, w)
	if err != nil || e.in[1].Len() == 0 || x.Rank() != len(w) || x.Shape()[1] != w[1]*int64(c.Group) {
		return nil, nil, false
	}
	each := w[0] / int64(c.Group) // output channels of a group
	padded, out, sum := slices.Clone(x.Shape()), []int64{x.Shape()[0], int64(c.Group), each}, []int64{w[1]}
	first := make([]int, len(c.Kernel))
	for i, k := range c.Kernel {
		begin, end, ok := c.Pads(i, int(x.Shape()[2+i]))
		if !ok || begin < 0 || end < 0 {
			return nil, nil, false
		}
		first[i] = begin
		padded[2+i] += int64(begin + end)
		if padded[2+i] < int64(c.Extent(i)) {
			return nil, nil, false
		}
		out = append(out, (padded[2+i]-int64(c.Extent(i)))/int64(c.Strides[i])+1)
		sum = append(sum, int64(k))
	}
	values, ok := e.padded(x, padded, first)
	if !ok {
		return nil, nil, false
	}
	at, own := stridesOf(padded), stridesOf(w)
	image := operand{values, []int{at[0], int(w[1]) * at[1], 0}, []int{at[1]}}
	weight := operand{e.in[1].Float64s(), []int{0, int(each) * own[0], own[0]}, []int{own[1]}}
	for i := range c.Kernel {
		image.out, image.sum = append(image.out, c.Strides[i]*at[2+i]), append(image.sum, c.Dilations[i]*at[2+i])
		weight.out, weight.sum = append(weight.out, 0), append(weight.sum, own[2+i])
	}
	result, ok = e.contract(contraction{out, sum, []operand{image, weight}})
	return result, slices.Concat([]int64{out[0], w[0]}, out[3:]), ok
}

// biased adds the third input, where there is one, to each channel.
func (e evaluation) biased(result []float64, shape []int64) (*tensor.Tensor, bool) {
	if b, given := e.operand(2); given {
		if b.Rank() != 1 || b.Shape()[0] != shape[1] {
			return nil, false
		}
		area, _ := tensor.Count(shape[2:])
		bias := b.Float64s()
		for i := range result {
			result[i] += bias[i/area%len(bias)]
		}
	}
	return floats(e.elem, shape, result)
}

// padded is the elements of x inside zeros.
func (e evaluation) padded(x *tensor.Tensor, shape []int64, begin []int) ([]float64, bool) {
	count, err := tensor.Count(shape)
	if err != nil || x.Type().ByteSize(count) > e.limit || !e.spend(count) {
		return nil, false
	}
	out, values, strides := make([]float64, count), x.Float64s(), stridesOf(shape)
	base := 0
	for i, b := range begin {
		base += b * strides[2+i]
	}
	for i, v := range values {
		out[base+dot(i, x.Shape(), strides)] = v
	}
	return out, true
}

// transposed computes a ConvTranspose: each number of the image goes, times the kernel, to where the kernel reaches.
func (e evaluation) transposed() (*tensor.Tensor, bool) {
	if !e.alike() {
		return nil, false
	}
	x, w := e.in[0], e.in[1].Shape()
	c, err := op.ReadConvTranspose(e.n, w)
	if err != nil || x.Rank() != len(w) || !e.padsByItself(&c) || x.Shape()[1] != w[0] || e.in[1].Len() == 0 {
		return nil, false
	}
	shape := []int64{x.Shape()[0], w[1] * int64(c.Group)}
	for i := range c.Kernel {
		shape = append(shape, e.reach(c, i)-int64(c.Begin[i]+c.End[i]))
	}
	count, err := tensor.Count(shape)
	taps := e.in[1].Len() / int(w[0])
	if err != nil || count == 0 || e.elem.ByteSize(count) > e.limit || x.Len() > *e.work/taps || !e.spend(x.Len()*taps) {
		return nil, false
	}
	strides, out := stridesOf(shape), make([]float64, count)
	values, weights := x.Float64s(), e.in[1].Float64s()
	perGroup := int(w[0]) / c.Group
	for i, v := range values {
		place, channel, base := make([]int, len(c.Kernel)), 0, 0
		rest := i
		for axis, size := range slices.Backward(x.Shape()) {
			switch p := rest % int(size); axis {
			case 0:
				base += p * strides[0]
			case 1:
				channel = p
				base += p / perGroup * int(w[1]) * strides[1]
			default:
				place[axis-2] = p*c.Strides[axis-2] - c.Begin[axis-2]
			}
			rest /= int(size)
		}
		for tap := range taps {
			at, inside, rest := base, true, tap
			for axis, size := range slices.Backward(w[1:]) {
				p := rest % int(size)
				rest /= int(size)
				if axis == 0 {
					at += p * strides[1]
					continue
				}
				p = place[axis-1] + p*c.Dilations[axis-1]
				inside = inside && p >= 0 && p < int(shape[1+axis])
				at += p * strides[1+axis]
			}
			if inside {
				out[at] += float64(v * weights[channel*taps+tap])
			}
		}
	}
	return e.biased(out, shape)
}

// padsByItself makes the pads of a ConvTranspose explicit that pads for a given size. Of an odd number there is one more at the end for
// SAME_UPPER, otherwise at the beginning.
func (e evaluation) padsByItself(c *op.ConvTranspose) bool {
	if c.OutputShape == nil && (c.AutoPad == op.NotSet || c.AutoPad == op.Valid) {
		return true
	}
	for i := range c.Kernel {
		to := e.in[0].Shape()[2+i] * int64(c.Strides[i])
		if c.OutputShape != nil {
			to = c.OutputShape[i]
		}
		total := e.reach(*c, i) - to
		if total < -op.MaxExtent || total > op.MaxExtent {
			return false
		}
		switch {
		case total >= 0:
			c.Begin[i], c.End[i] = int(total-total/2), int(total/2)
		case c.OutputShape != nil: // zeros follow what the kernel reaches
			c.Begin[i], c.End[i] = 0, int(total)
		default:
			c.Begin[i], c.End[i] = 0, 0
		}
		if c.AutoPad == op.SameUpper && total > 0 {
			c.Begin[i], c.End[i] = c.End[i], c.Begin[i]
		}
	}
	return true
}

// reach is how many elements a ConvTranspose without pads makes along a spatial axis.
func (e evaluation) reach(c op.ConvTranspose, i int) int64 {
	return (e.in[0].Shape()[2+i]-1)*int64(c.Strides[i]) + int64(c.OutputPadding[i]+c.Extent(i))
}

// columnsToImage is Col2Im: each column holds the numbers of a block of the image, and what meets is added up.
func (e evaluation) columnsToImage() (*tensor.Tensor, bool) {
	values, ok := e.numbersOf(0)
	size, ok1 := e.integersOf(1)
	block, ok2 := e.integersOf(2)
	x := e.in[0].Shape()
	if !ok || !ok1 || !ok2 || len(x) != 3 || len(size) == 0 || len(block) != len(size) {
		return nil, false
	}
	kernel := make([]int, len(block))
	for i, k := range block {
		if kernel[i] = int(k); k < 1 || k > op.MaxExtent || size[i] < 1 {
			return nil, false
		}
	}
	w, err := op.ReadWindow(e.n, kernel)
	taps, err1 := tensor.Count(block)
	area, err2 := tensor.Count(size)
	if err != nil || err1 != nil || err2 != nil || taps == 0 || x[1]%int64(taps) != 0 {
		return nil, false
	}
	places := make([]int64, len(size))
	for i := range places {
		begin, end, ok := w.Pads(i, int(size[i]))
		if room := int(size[i]) + begin + end - w.Extent(i); ok && room >= 0 {
			places[i] = int64(room/w.Strides[i] + 1)
		}
	}
	shape := slices.Concat([]int64{x[0], x[1] / int64(taps)}, size)
	count, err := tensor.Count(shape)
	if n, err := tensor.Count(places); err != nil || int64(n) != x[2] || n == 0 {
		return nil, false
	}
	if err != nil || e.elem.ByteSize(count) > e.limit || !e.spend(count) {
		return nil, false
	}
	out, strides := make([]float64, count), stridesOf(size)
	for i, v := range values {
		place, row := i%int(x[2]), i/int(x[2])
		at, inside, tap := row/taps*area, true, row%taps
		for axis, length := range slices.Backward(places) {
			p := place%int(length)*w.Strides[axis] - w.Begin[axis] + tap%int(block[axis])*w.Dilations[axis]
			place, tap = place/int(length), tap/int(block[axis])
			inside = inside && p >= 0 && p < int(size[axis])
			at += p * strides[axis]
		}
		if inside {
			out[at] += v
		}
	}
	return floats(e.elem, shape, out)
}
