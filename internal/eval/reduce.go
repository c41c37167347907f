package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// reduce computes a reduction of at least one element to one.
func (e evaluation) reduce() (*tensor.Tensor, bool) {
	x := e.in[0]
	shape := x.Shape()
	reduce, err := op.ReadReduce(e.n, len(shape), op.Constant)
	if err != nil || len(reduce.Axes) == 0 && len(shape) > 0 {
		return nil, false
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
	if length == 0 || !e.spend(count) || !e.spend(x.Len()) {
		return nil, false
	}
	if !reduce.KeepDims {
		full = append([]int64{}, kept...)
	}
	at := func(i, j int) int { return dot(i, kept, keptAt) + dot(j, size, sizeAt) }
	if x.Type().IsFloat() {
		values := x.Float64s()
		out, row := make([]float64, count), make([]float64, length)
		for i := range out {
			for j := range row {
				row[j] = values[at(i, j)]
			}
			out[i] = reduceFloats(e.n.OpType, row)
		}
		return floats(x.Type(), full, out)
	}
	values, ok := x.Int64s()
	if !ok || x.Type() == tensor.Bool {
		return nil, false
	}
	out := make([]int64, count)
	for i := range out {
		total := values[at(i, 0)]
		for j := 1; j < length; j++ {
			if total, ok = intOp(integerSteps(e.n.OpType), total, values[at(i, j)]); !ok {
				return nil, false
			}
		}
		out[i] = total
	}
	return integers(x.Type(), full, out)
}

// integerSteps is the operator whose repetition a reduction of integers is, "" for none.
func integerSteps(op string) string {
	switch op {
	case "ReduceSum":
		return "Add"
	case "ReduceProd":
		return "Mul"
	case "ReduceMax":
		return "Max"
	case "ReduceMin":
		return "Min"
	}
	return ""
}

// reduceFloats reduces one row in its order.
func reduceFloats(op string, row []float64) float64 {
	total := 0.0
	switch op {
	case "ReduceMax":
		return slices.Max(row)
	case "ReduceMin":
		return slices.Min(row)
	case "ReduceProd":
		total = 1
		for _, v := range row {
			total *= v
		}
		return total
	}
	for _, v := range row {
		switch op {
		case "ReduceSumSquare", "ReduceL2":
			v = float64(v * v)
		case "ReduceL1":
			v = math.Abs(v)
		}
		total += v
	}
	switch op {
	case "ReduceMean":
		return total / float64(len(row))
	case "ReduceL2":
		return math.Sqrt(total)
	}
	return total
}
