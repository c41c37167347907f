package reference

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// matrix is a row-major view; stride is the distance between rows.
type matrix struct {
	rows, cols, stride int
	data               []float64
}

func (m matrix) general() blas64.General {
	return blas64.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: m.data}
}

// product adds a·b to dst, in an order that depends on the shapes only.
type product func(dst, a, b matrix)

// multiplier is the product to use where the elements of b come from data (or are zero). BLAS leaves
// out zeros of a, which would hide what IEEE 754 makes of zero times infinity, so a plain loop takes
// over where the data is not finite.
func multiplier(data []float64) product {
	if finite(data) {
		return fastProduct
	}
	return plainProduct
}

func fastProduct(dst, a, b matrix) {
	if dst.rows > 0 && dst.cols > 0 && a.cols > 0 {
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a.general(), b.general(), 1, dst.general())
	}
}

func plainProduct(dst, a, b matrix) {
	for i := range dst.rows {
		row := dst.data[i*dst.stride : i*dst.stride+dst.cols]
		for k := range a.cols {
			factor := a.data[i*a.stride+k]
			for j, v := range b.data[k*b.stride : k*b.stride+b.cols] {
				row[j] += factor * v
			}
		}
	}
}

// finite reports whether no element is infinite or NaN.
func finite(data []float64) bool {
	sum := 0.0
	for _, v := range data {
		sum += v - v
	}
	return sum == 0
}

// gemm is Y = alpha·A'·B' + beta·C.
func gemm(c *call) ([]*array, error) {
	a, b := c.in[0], c.in[1]
	if a.rank() != 2 || b.rank() != 2 {
		return nil, fmt.Errorf("inputs of shapes %v and %v are not two matrices", a.shape, b.shape)
	}
	if c.int("transA", 0) != 0 {
		a = transposed(a, []int{1, 0})
	}
	if c.int("transB", 0) != 0 {
		b = transposed(b, []int{1, 0})
	}
	if a.shape[1] != b.shape[0] {
		return nil, fmt.Errorf("inputs of shapes %v and %v cannot be multiplied", a.shape, b.shape)
	}
	rows, depth, cols := a.shape[0], a.shape[1], b.shape[1]
	y, err := c.make(a.typ, rows, cols)
	if err != nil {
		return nil, err
	}
	multiplier(b.f)(matrix{rows, cols, cols, y.f}, matrix{rows, depth, depth, a.f}, matrix{depth, cols, cols, b.f})
	alpha, beta := c.float("alpha", 1), c.float("beta", 1)
	for k := range y.f {
		y.f[k] *= alpha
	}
	bias := c.input(2)
	if bias == nil {
		return one(y, nil)
	}
	if shape, err := broadcast(bias.shape, y.shape); err != nil || !slices.Equal(shape, y.shape) {
		return nil, fmt.Errorf("shape %v of input C does not broadcast to %v", bias.shape, y.shape)
	}
	n := newNest(y.shape, spread(bias.shape, y.shape))
	n.rows(func(out int, at []int) {
		for k := range n.inner() {
			y.f[out+k] += beta * bias.f[at[0]+k*n.step(0)]
		}
	})
	return one(y, nil)
}

// matMul multiplies the last two axes as NumPy does; the others broadcast, and a vector gains an axis
// that the result loses.
func matMul(c *call) ([]*array, error) {
	a, b := c.in[0], c.in[1]
	if a.rank() == 0 || b.rank() == 0 {
		return nil, fmt.Errorf("inputs of shapes %v and %v include a scalar; both need at least 1 axis", a.shape, b.shape)
	}
	aShape, bShape := a.shape, b.shape
	if len(aShape) == 1 {
		aShape = []int{1, aShape[0]}
	}
	if len(bShape) == 1 {
		bShape = []int{bShape[0], 1}
	}
	aOuter, rows, depth := splitMatrix(aShape)
	bOuter, deep, cols := splitMatrix(bShape)
	outer, err := broadcast(aOuter, bOuter)
	if err != nil || depth != deep {
		return nil, fmt.Errorf("inputs of shapes %v and %v cannot be multiplied", a.shape, b.shape)
	}
	y, err := c.make(a.typ, append(slices.Clone(outer), rows, cols)...)
	if err != nil {
		return nil, err
	}
	n := newNest(append(slices.Clone(outer), 1), append(spread(aOuter, outer), 0), append(spread(bOuter, outer), 0))
	multiply := multiplier(b.f)
	block := func(out, i, j int) {
		multiply(
			matrix{rows, cols, cols, y.f[out*rows*cols:]},
			matrix{rows, depth, depth, a.f[i*rows*depth:]},
			matrix{depth, cols, cols, b.f[j*depth*cols:]},
		)
	}
	if y.len() > 0 && depth > 0 {
		n.rows(func(out int, at []int) {
			for k := range n.inner() {
				block(out+k, at[0]+k*n.step(0), at[1]+k*n.step(1))
			}
		})
	}
	shape := outer
	if a.rank() > 1 {
		shape = append(slices.Clone(shape), rows)
	}
	if b.rank() > 1 {
		shape = append(slices.Clone(shape), cols)
	}
	return one(y.reshaped(shape), nil)
}

func splitMatrix(shape []int) (outer []int, rows, cols int) {
	n := len(shape)
	return shape[:n-2], shape[n-2], shape[n-1]
}
