package eval

import (
	"math"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// softmax computes Softmax or LogSoftmax: of one axis, and before opset 13 of all axes from it on together.
func (e evaluation) softmax() (*tensor.Tensor, bool) {
	if !e.n.Is("Softmax") && !e.n.Is("LogSoftmax") {
		return nil, false
	}
	x := e.in[0]
	shape := x.Shape()
	start, end, err := op.SoftmaxAxes(e.n, len(shape))
	if err != nil || !x.Type().IsFloat() || x.ByteSize() > e.limit || !e.spend(16*x.Len()) {
		return nil, false
	}
	length, _ := tensor.Count(shape[start:end])
	inner, _ := tensor.Count(shape[end:])
	out := x.Float64s()
	for first := range out {
		if first/inner%length == 0 {
			softmaxRow(out[first:], inner, length, e.n.Is("LogSoftmax"))
		}
	}
	return floats(x.Type(), shape, out)
}

// softmaxRow replaces so many numbers, step apart, by eᵛ/Σeᵛ or its logarithm.
func softmaxRow(v []float64, step, length int, logarithm bool) {
	top, sum := math.Inf(-1), 0.0
	for i := range length {
		top = max(top, v[i*step])
	}
	for i := range length {
		sum += exp(v[i*step] - top)
	}
	for i := range length {
		if logarithm {
			v[i*step] -= top + log(sum)
		} else {
			v[i*step] = exp(v[i*step]-top) / sum
		}
	}
}
