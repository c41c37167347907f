package eval

import (
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// reduce computes a reduction to one number of each of the groups that the axes which stay make.
func (e evaluation) reduce() (*tensor.Tensor, bool) {
	if !strings.HasPrefix(e.n.OpType, "Reduce") {
		return nil, false
	}
	x := e.in[0]
	shape := x.Shape()
	reduce, err := op.ReadReduce(e.n, len(shape), op.Constant)
	if err != nil {
		return nil, false
	}
	if len(reduce.Axes) == 0 && len(shape) > 0 {
		return x, e.n.Is("ReduceSum") // what others make of each element differs
	}
	// Axes that stay come first, then those that go.
	var kept, size []int64
	var keptAt, sizeAt []int
	full, strides := slices.Clone(shape), stridesOf(shape)
	for i, d := range shape {
		if slices.Contains(reduce.Axes, i) {
			full[i] = 1
			size, sizeAt = append(size, d), append(sizeAt, strides[i])
			continue
		}
		kept, keptAt = append(kept, d), append(keptAt, strides[i])
	}
	count, _ := tensor.Count(kept)
	length, _ := tensor.Count(size)
	if length == 0 && !ofNothing(e.n.OpType) || !e.spend(count) || !e.spend(x.Len()) {
		return nil, false
	}
	if !reduce.KeepDims {
		full = append([]int64{}, kept...)
	}
	at := func(i, j int) int { return dot(i, kept, keptAt) + dot(j, size, sizeAt) }
	if x.Type().IsFloat() {
		return e.reduceFloats(full, count, length, at)
	}
	return e.reduceIntegers(full, count, length, at)
}

// reduceFloats reduces floating-point numbers: of each of so many groups, of so many numbers, in their order.
func (e evaluation) reduceFloats(shape []int64, count, length int, at func(i, j int) int) (*tensor.Tensor, bool) {
	f := reduction(e.n.OpType)
	if f == nil {
		return nil, false
	}
	x := e.in[0]
	values := x.Float64s()
	out, row := make([]float64, count), make([]float64, length)
	for i := range out {
		for j := range row {
			row[j] = values[at(i, j)]
		}
		out[i] = f(row)
	}
	if x.Computed() {
		return floats(x.Type(), shape, out)
	}
	switch e.n.OpType {
	case "ReduceMax", "ReduceMin":
		return settled(x.Type(), shape, out)
	case "ReduceSum", "ReduceL1":
		return countable(x.Type(), shape, out, values)
	case "ReduceProd":
		return countable(x.Type(), shape, out, products(values))
	}
	return floats(x.Type(), shape, out)
}

// products are the products of the magnitudes of numbers up to each of them, those of zeros left out.
func products(values []float64) []float64 {
	out, product := slices.Clone(values), 1.0
	for i, v := range values {
		if v != 0 {
			product = float64(product * math.Abs(v))
		}
		if v == math.Trunc(v) {
			out[i] = product
		}
	}
	return out
}

// countable is [floats] of what parts add up to. Sums and products of integers are the same numbers in every runtime, whatever
// their order, where the type counts as far.
func countable(typ tensor.Type, shape []int64, values, parts []float64) (*tensor.Tensor, bool) {
	total, most := 0.0, map[tensor.Type]float64{tensor.Float16: 1 << 11, tensor.BFloat16: 1 << 8, tensor.Float32: 1 << 24, tensor.Float64: 1 << 53}[typ]
	for _, v := range parts {
		if v != math.Trunc(v) {
			return floats(typ, shape, values)
		}
		total += math.Abs(v)
	}
	if total > most {
		return floats(typ, shape, values)
	}
	return settled(typ, shape, values)
}

// reduceIntegers is the same of integers, which is exact.
func (e evaluation) reduceIntegers(shape []int64, count, length int, at func(i, j int) int) (*tensor.Tensor, bool) {
	x := e.in[0]
	values, ok := x.Int64s()
	step, each := integerSteps(e.n.OpType)
	if !ok || step == "" || x.Type() == tensor.Bool && step != "Max" && step != "Min" {
		return nil, false
	}
	out := make([]int64, count)
	for i := range out {
		if length == 0 {
			out[i] = map[string]int64{"Mul": 1}[step]
			continue
		}
		total := each(values[at(i, 0)])
		for j := 1; j < length; j++ {
			if total, ok = intOp(step, total, each(values[at(i, j)])); !ok {
				return nil, false
			}
		}
		out[i] = total
	}
	return integers(x.Type(), shape, out)
}

// ofNothing reports a reduction that has a result where there is nothing to reduce.
func ofNothing(op string) bool {
	return slices.Contains([]string{"ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceProd"}, op)
}

// integerSteps is the operator whose repetition a reduction of integers is, "" for none, and what is done to each of
// them before.
func integerSteps(op string) (string, func(int64) int64) {
	same := func(v int64) int64 { return v }
	switch op {
	case "ReduceSum":
		return "Add", same
	case "ReduceProd":
		return "Mul", same
	case "ReduceMax":
		return "Max", same
	case "ReduceMin":
		return "Min", same
	case "ReduceL1":
		return "Add", func(v int64) int64 { return max(v, -v) }
	case "ReduceSumSquare":
		return "Add", func(v int64) int64 { return v * v }
	}
	return "", same
}

// reduction reduces one row in its order, nil for a reduction that is not known.
func reduction(op string) func(row []float64) float64 {
	same := func(v float64) float64 { return v }
	square := func(v float64) float64 { return float64(v * v) }
	switch op {
	case "ReduceMax":
		return slices.Max[[]float64]
	case "ReduceMin":
		return slices.Min[[]float64]
	case "ReduceProd":
		return func(row []float64) float64 {
			total := 1.0
			for _, v := range row {
				total *= v
			}
			return total
		}
	case "ReduceSum":
		return func(row []float64) float64 { return total(row, same) }
	case "ReduceMean":
		return func(row []float64) float64 { return total(row, same) / float64(len(row)) }
	case "ReduceL1":
		return func(row []float64) float64 { return total(row, math.Abs) }
	case "ReduceL2":
		return func(row []float64) float64 { return math.Sqrt(total(row, square)) }
	case "ReduceSumSquare":
		return func(row []float64) float64 { return total(row, square) }
	case "ReduceLogSum":
		return func(row []float64) float64 { return log(total(row, same)) }
	case "ReduceLogSumExp":
		return func(row []float64) float64 {
			top := slices.Max(row)
			return top + log(total(row, func(v float64) float64 { return exp(v - top) }))
		}
	}
	return nil
}

// total is the sum of a function of the numbers.
func total(row []float64, of func(float64) float64) float64 {
	sum := 0.0
	for _, v := range row {
		sum += of(v)
	}
	return sum
}
