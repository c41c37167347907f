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

// product computes MatMul, Gemm, Einsum or Det.
func (e evaluation) product() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "MatMul":
		return e.matMul()
	case "MatMulInteger":
		return e.matMulInteger()
	case "Gemm":
		return e.gemm()
	case "Einsum":
		return e.einsum()
	case "Det":
		return e.determinant()
	}
	return nil, false
}

// alike reports whether all inputs are floating-point numbers of one type. It takes a step for each.
func (e evaluation) alike() bool {
	for _, t := range e.in {
		if t != nil && (t.Type() != e.in[0].Type() || !t.Type().IsFloat() || !e.spend(t.Len())) {
			return false
		}
	}
	return true
}

// contract computes the sums in a fixed order, in float64.
func (e evaluation) contract(c contraction) ([]float64, bool) {
	count, err := tensor.Count(c.out)
	terms, err2 := tensor.Count(c.sum)
	if err != nil || err2 != nil || e.elem.ByteSize(count) > e.limit || terms > e.limit {
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

// matMul computes a product of matrices, of one type.
func (e evaluation) matMul() (*tensor.Tensor, bool) {
	if len(e.in) != 2 || e.in[1] == nil || e.in[0].Type() != e.in[1].Type() || !e.spend(e.in[0].Len()+e.in[1].Len()) {
		return nil, false
	}
	a, b := e.in[0], e.in[1]
	if a.Type().IsFloat() {
		values, shape, ok := e.multiplied(a.Shape(), b.Shape(), a.Float64s(), b.Float64s())
		if !ok {
			return nil, false
		}
		return floats(e.elem, shape, values)
	}
	x, ok1 := a.Int64s()
	y, ok2 := b.Int64s()
	if !ok1 || !ok2 || a.Type() == tensor.Bool {
		return nil, false
	}
	return e.multipliedIntegers(x, y)
}

// matMulInteger is a product of quantised matrices, less their zero points, where each has one for all.
func (e evaluation) matMulInteger() (*tensor.Tensor, bool) {
	var of [2][]int64
	for i := range of {
		var ok bool
		if of[i], ok = e.withoutZeroPoint(i, false); !ok {
			return nil, false
		}
	}
	return e.multipliedIntegers(of[0], of[1])
}

// withoutZeroPoint is the i-th input less its zero point, which is input i+2: one number for all, or, where that is allowed, one for each
// index of the first axis.
func (e evaluation) withoutZeroPoint(i int, several bool) ([]int64, bool) {
	list, ok := e.integersOf(i)
	if !ok || !e.spend(len(list)) {
		return nil, false
	}
	zero, given := e.operand(2 + i)
	if !given {
		return list, true
	}
	point, ok := zero.Int64s()
	if !ok || len(point) != 1 && !(several && zero.Rank() == 1 && len(point) == int(e.in[i].Shape()[0])) || zero.Type() != e.in[i].Type() {
		return nil, false
	}
	for k := range list {
		list[k] -= point[k*len(point)/len(list)]
	}
	return list, true
}

// multipliedIntegers is a product whose sums float64 holds exactly.
func (e evaluation) multipliedIntegers(x, y []int64) (*tensor.Tensor, bool) {
	a, top := widened(x)
	b, most := widened(y)
	if float64(top*most)*float64(len(x)+1) > 1<<53 {
		return nil, false
	}
	values, shape, ok := e.multiplied(e.in[0].Shape(), e.in[1].Shape(), a, b)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return integers(e.elem, shape, out)
}

// widened is integers as float64, and the largest magnitude.
func widened(list []int64) (out []float64, top float64) {
	out = make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
		top = max(top, out[i], -out[i])
	}
	return out, top
}

// multiplied is the product of matrices of those shapes, of which the last two axes are rows and columns. A list on the
// left is a row, one on the right a column, and that axis goes again.
func (e evaluation) multiplied(a, b []int64, x, y []float64) (values []float64, shape []int64, ok bool) {
	if len(a) == 0 || len(b) == 0 {
		return nil, nil, false
	}
	row, column := len(a) == 1, len(b) == 1
	if row {
		a = []int64{1, a[0]}
	}
	if column {
		b = []int64{b[0], 1}
	}
	n, m := len(a), len(b)
	batch, ok := op.Broadcast(a[:n-2], b[:m-2])
	if !ok || a[n-1] != b[m-2] {
		return nil, nil, false
	}
	left, right := make([]int, len(batch)+2), make([]int, len(batch)+2)
	spread(left, a[:n-2], stridesOf(a))
	spread(right, b[:m-2], stridesOf(b))
	left[len(batch)], right[len(batch)+1] = int(a[n-1]), 1
	shape = slices.Concat(batch, []int64{a[n-2], b[m-1]})
	values, ok = e.contract(contraction{shape, []int64{a[n-1]}, []operand{{x, left, []int{1}}, {y, right, []int{int(b[m-1])}}}})
	if column {
		shape = shape[:len(shape)-1]
	}
	if row {
		shape = slices.Delete(shape, len(batch), len(batch)+1)
	}
	return values, shape, ok
}

// spread writes the strides of the axes of a batch to those of the result, which they are the last of but two.
func spread(to []int, shape []int64, strides []int) {
	for i, size := range shape {
		if size != 1 {
			to[len(to)-2-len(shape)+i] = strides[i]
		}
	}
}

// gemm computes α·A·B + β·C.
func (e evaluation) gemm() (*tensor.Tensor, bool) {
	if len(e.in) < 2 || e.in[1] == nil || e.in[0].Rank() != 2 || e.in[1].Rank() != 2 || !op.SpreadsFreely(e.n.Graph()) || !e.alike() {
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

// einsum computes an Einsum.
func (e evaluation) einsum() (*tensor.Tensor, bool) {
	ranks := make([]int, len(e.in))
	for k, t := range e.in {
		if t == nil {
			return nil, false
		}
		ranks[k] = t.Rank()
	}
	says, err := op.ReadEinsum(e.n, ranks)
	if err != nil || !e.alike() {
		return nil, false
	}
	sizes := map[rune]int64{}
	var summed []rune
	for k, term := range says.Terms {
		for i, axis := range []rune(term) {
			size := e.in[k].Shape()[i]
			old, seen := sizes[axis]
			if seen && old != size && !(op.Unnamed(axis) && min(old, size) == 1) {
				return nil, false
			}
			if sizes[axis] = max(old, size); old == 0 || size == 0 {
				sizes[axis] = size
			}
			if !seen && !strings.ContainsRune(says.Result, axis) {
				summed = append(summed, axis)
			}
		}
	}
	c := contraction{out: []int64{}, sum: []int64{}}
	for i, axis := range says.Result {
		if _, seen := sizes[axis]; !seen || strings.IndexRune(says.Result, axis) != i {
			return nil, false
		}
		c.out = append(c.out, sizes[axis])
	}
	for _, axis := range summed {
		c.sum = append(c.sum, sizes[axis])
	}
	for k, term := range says.Terms {
		own := spreadStrides(e.in[k].Shape())
		c.operands = append(c.operands, operand{e.in[k].Float64s(), steps([]rune(says.Result), term, own), steps(summed, term, own)})
	}
	result, ok := e.contract(c)
	if !ok {
		return nil, false
	}
	return floats(e.in[0].Type(), c.out, result)
}

// spreadStrides is [stridesOf] with 0 for axes of one element, which stand still where others go on.
func spreadStrides(shape []int64) []int {
	out := stridesOf(shape)
	for i, size := range shape {
		if size == 1 {
			out[i] = 0
		}
	}
	return out
}

// steps is the stride of each axis in an operand whose axes a term names. One that is named twice is a diagonal.
func steps(axes []rune, term string, strides []int) []int {
	out := []int{}
	for _, axis := range axes {
		step := 0
		for i, named := range []rune(term) {
			if named == axis {
				step += strides[i]
			}
		}
		out = append(out, step)
	}
	return out
}

// determinant computes Det of each matrix by elimination.
func (e evaluation) determinant() (*tensor.Tensor, bool) {
	x := e.in[0]
	rank := x.Rank()
	if !e.alike() || rank < 2 || x.Shape()[rank-1] != x.Shape()[rank-2] || x.ByteSize() > e.limit {
		return nil, false
	}
	n := int(x.Shape()[rank-1])
	count, _ := tensor.Count(x.Shape()[:rank-2])
	if n == 0 || n > *e.work/max(x.Len(), 1) || !e.spend(n*x.Len()) {
		return nil, false
	}
	values, out := x.Float64s(), make([]float64, count)
	for i := range out {
		out[i] = eliminated(values[i*n*n:(i+1)*n*n], n)
	}
	return floats(e.elem, x.Shape()[:rank-2], out)
}

// eliminated is the determinant of an n×n matrix, which it changes: the product of its pivots.
func eliminated(m []float64, n int) float64 {
	det := 1.0
	for k := range n {
		pivot := k
		for row := k + 1; row < n; row++ {
			if a, b := m[row*n+k], m[pivot*n+k]; max(a, -a) > max(b, -b) {
				pivot = row
			}
		}
		if m[pivot*n+k] == 0 {
			return 0
		}
		if pivot != k {
			det = -det
			for column := range n {
				m[k*n+column], m[pivot*n+column] = m[pivot*n+column], m[k*n+column]
			}
		}
		det = float64(det * m[k*n+k])
		for row := k + 1; row < n; row++ {
			factor := m[row*n+k] / m[k*n+k]
			for column := k; column < n; column++ {
				m[row*n+column] -= float64(factor * m[k*n+column])
			}
		}
	}
	return det
}
