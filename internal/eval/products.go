package eval

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// contraction is a sum of products: element i of the result is Σⱼ Πₖ operandₖ[at(i) + at(j)], where i
// runs over out, j over sum, and both move through each operand at strides of their own.
type contraction struct {
	out, sum []int64
	operands []operand
}

type operand struct {
	values   []float64
	out, sum []int // strides
}

// product computes Conv, MatMul, Gemm or Einsum.
func (e evaluation) product() (*tensor.Tensor, bool) {
	for _, t := range e.in {
		if t != nil && (t.Type() != e.in[0].Type() || !t.Type().IsFloat() || !e.spend(t.Len())) {
			return nil, false
		}
	}
	switch e.n.OpType {
	case "Conv":
		return e.convolve()
	case "MatMul":
		return e.matMul()
	case "Gemm":
		return e.gemm()
	}
	return e.einsum()
}

// contract computes the sums in a fixed order, in float64.
func (e evaluation) contract(c contraction) ([]float64, bool) {
	count, err := tensor.Count(c.out)
	terms, err2 := tensor.Count(c.sum)
	if err != nil || err2 != nil || e.in[0].Type().ByteSize(count) > e.limit || terms > e.limit {
		return nil, false
	}
	steps := 1 + terms
	if count > 0 && steps > *e.work/count/len(c.operands) || !e.spend(count*steps*len(c.operands)) {
		return nil, false
	}
	offsets := make([][]int, len(c.operands))
	for k, o := range c.operands {
		offsets[k] = make([]int, terms)
		for j := range terms {
			offsets[k][j] = dot(j, c.sum, o.sum)
		}
	}
	out := make([]float64, count)
	at := make([]int, len(c.operands))
	for i := range out {
		for k, o := range c.operands {
			at[k] = dot(i, c.out, o.out)
		}
		total := 0.0
		for j := range terms {
			term := 1.0
			for k, o := range c.operands {
				term = float64(term * o.values[at[k]+offsets[k][j]])
			}
			total += term
		}
		out[i] = total
	}
	return out, true
}

// convolve computes a Conv as a contraction over its padded input.
func (e evaluation) convolve() (*tensor.Tensor, bool) {
	x := e.in[0]
	w := e.in[1].Shape()
	c, err := op.ReadConv(e.n, w)
	if err != nil || e.in[1].Len() == 0 || x.Rank() != len(w) || x.Shape()[1] != w[1]*int64(c.Group) {
		return nil, false
	}
	each := w[0] / int64(c.Group) // output channels of a group
	padded, out, sum := slices.Clone(x.Shape()), []int64{x.Shape()[0], int64(c.Group), each}, []int64{w[1]}
	first := make([]int, len(c.Kernel))
	for i, k := range c.Kernel {
		begin, end, ok := c.Pads(i, int(x.Shape()[2+i]))
		if !ok || begin < 0 || end < 0 {
			return nil, false
		}
		first[i] = begin
		padded[2+i] += int64(begin + end)
		if padded[2+i] < int64(c.Extent(i)) {
			return nil, false
		}
		out = append(out, (padded[2+i]-int64(c.Extent(i)))/int64(c.Strides[i])+1)
		sum = append(sum, int64(k))
	}
	values, ok := e.padded(x, padded, first)
	if !ok {
		return nil, false
	}
	at, own := stridesOf(padded), stridesOf(w)
	image := operand{values, []int{at[0], int(w[1]) * at[1], 0}, []int{at[1]}}
	weight := operand{e.in[1].Float64s(), []int{0, int(each) * own[0], own[0]}, []int{own[1]}}
	for i := range c.Kernel {
		image.out, image.sum = append(image.out, c.Strides[i]*at[2+i]), append(image.sum, c.Dilations[i]*at[2+i])
		weight.out, weight.sum = append(weight.out, 0), append(weight.sum, own[2+i])
	}
	result, ok := e.contract(contraction{out, sum, []operand{image, weight}})
	if !ok {
		return nil, false
	}
	shape := slices.Concat([]int64{out[0], w[0]}, out[3:])
	if len(e.in) < 3 || e.in[2] == nil {
		return floats(x.Type(), shape, result)
	}
	if e.in[2].Rank() != 1 || e.in[2].Shape()[0] != w[0] {
		return nil, false
	}
	area, _ := tensor.Count(out[3:])
	bias := e.in[2].Float64s()
	for i := range result {
		result[i] += bias[i/area%len(bias)]
	}
	return floats(x.Type(), shape, result)
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

func (e evaluation) matMul() (*tensor.Tensor, bool) {
	if len(e.in) != 2 || e.in[1] == nil || e.in[0].Rank() < 2 || e.in[1].Rank() < 2 {
		return nil, false
	}
	a, b := e.in[0].Shape(), e.in[1].Shape()
	n, m := len(a), len(b)
	batch, ok := op.Broadcast(a[:n-2], b[:m-2])
	if !ok || a[n-1] != b[m-2] {
		return nil, false
	}
	spread := func(t *tensor.Tensor, row, column bool) []int {
		shape, own := t.Shape(), stridesOf(t.Shape())
		out := make([]int, len(batch)+2)
		for i := range len(shape) - 2 {
			if shape[i] != 1 {
				out[len(batch)-len(shape)+2+i] = own[i]
			}
		}
		if row {
			out[len(batch)] = own[len(shape)-2]
		}
		if column {
			out[len(batch)+1] = own[len(shape)-1]
		}
		return out
	}
	shape := append(batch, a[n-2], b[m-1])
	result, ok := e.contract(contraction{shape, []int64{a[n-1]}, []operand{
		{e.in[0].Float64s(), spread(e.in[0], true, false), []int{1}},
		{e.in[1].Float64s(), spread(e.in[1], false, true), []int{int(b[m-1])}},
	}})
	if !ok {
		return nil, false
	}
	return floats(e.in[0].Type(), shape, result)
}

// gemm computes α·A·B + β·C.
func (e evaluation) gemm() (*tensor.Tensor, bool) {
	if len(e.in) < 2 || e.in[1] == nil || e.in[0].Rank() != 2 || e.in[1].Rank() != 2 || !op.SpreadsFreely(e.n.Graph()) {
		return nil, false
	}
	a, b := e.in[0].Shape(), e.in[1].Shape()
	as, bs := stridesOf(a), stridesOf(b)
	says, err := op.ReadGemm(e.n)
	if err != nil {
		return nil, false
	}
	if says.TransA {
		a, as = []int64{a[1], a[0]}, []int{as[1], as[0]}
	}
	if says.TransB {
		b, bs = []int64{b[1], b[0]}, []int{bs[1], bs[0]}
	}
	if a[1] != b[0] {
		return nil, false
	}
	shape := []int64{a[0], b[1]}
	result, ok := e.contract(contraction{shape, a[1:], []operand{
		{e.in[0].Float64s(), []int{as[0], 0}, as[1:]}, {e.in[1].Float64s(), []int{0, bs[1]}, bs[:1]},
	}})
	if !ok {
		return nil, false
	}
	for i := range result {
		result[i] = float64(says.Alpha * result[i])
	}
	if len(e.in) > 2 && e.in[2] != nil {
		if both, ok := op.Broadcast(e.in[2].Shape(), shape); !ok || !slices.Equal(both, shape) {
			return nil, false
		}
		c, at := e.in[2].Float64s(), strided(e.in[2].Shape(), shape)
		for i := range result {
			result[i] += float64(says.Beta * c[at(i)])
		}
	}
	return floats(e.in[0].Type(), shape, result)
}

// einsum computes an Einsum whose equation names every axis with a letter.
func (e evaluation) einsum() (*tensor.Tensor, bool) {
	left, right, explicit := strings.Cut(strings.ReplaceAll(e.Str("equation"), " ", ""), "->")
	terms := strings.Split(left, ",")
	if !explicit || len(terms) != len(e.in) {
		return nil, false
	}
	sizes := map[rune]int64{}
	for k, term := range terms {
		if e.in[k] == nil || len(term) != e.in[k].Rank() {
			return nil, false
		}
		for i, axis := range term {
			size := e.in[k].Shape()[i]
			if old, seen := sizes[axis]; seen && old != size || strings.IndexRune(term, axis) != i || axis == '.' {
				return nil, false
			}
			sizes[axis] = size
		}
	}
	summed := ""
	for _, axis := range left {
		if axis != ',' && !strings.ContainsRune(right, axis) && !strings.ContainsRune(summed, axis) {
			summed += string(axis)
		}
	}
	c := contraction{out: []int64{}, sum: []int64{}}
	for i, axis := range right {
		if _, seen := sizes[axis]; !seen || strings.IndexRune(right, axis) != i {
			return nil, false
		}
		c.out = append(c.out, sizes[axis])
	}
	for _, axis := range summed {
		c.sum = append(c.sum, sizes[axis])
	}
	for k, term := range terms {
		own := stridesOf(e.in[k].Shape())
		strides := func(axes string) []int {
			out := []int{}
			for _, axis := range axes {
				step := 0
				if i := strings.IndexRune(term, axis); i >= 0 {
					step = own[i]
				}
				out = append(out, step)
			}
			return out
		}
		c.operands = append(c.operands, operand{e.in[k].Float64s(), strides(right), strides(summed)})
	}
	result, ok := e.contract(c)
	if !ok {
		return nil, false
	}
	return floats(e.in[0].Type(), c.out, result)
}
