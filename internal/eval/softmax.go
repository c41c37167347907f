package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// softmax computes Softmax or LogSoftmax: of one axis, and before opset 13 of all axes from it on together. It computes what is made of
// them, too.
func (e evaluation) softmax() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Softmax", "LogSoftmax":
	case "Attention":
		return e.attention()
	case "RotaryEmbedding":
		return e.rotary()
	case "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss":
		return e.loss()
	default:
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

// loss computes the losses: minus the logarithm of the probability of each target, times the weight of its class.
func (e evaluation) loss() (*tensor.Tensor, bool) {
	values, ok := e.numbersOf(0)
	targets, ok1 := e.integersOf(1)
	shape := e.in[0].Shape()
	if !ok || !ok1 || len(shape) < 2 || len(values) == 0 || !slices.Equal(e.in[1].Shape(), slices.Concat(shape[:1], shape[2:])) || e.in[0].ByteSize() > e.limit || !e.spend(16*len(values)) {
		return nil, false
	}
	l := linesOf(shape, 1)
	if e.n.Is("SoftmaxCrossEntropyLoss") {
		for line := range l.count() {
			softmaxRow(values[l.at(line, 0):], l.inner, l.length, true)
		}
		if e.out == 1 {
			return floats(e.elem, shape, values)
		}
	}
	weights := slices.Repeat([]float64{1}, l.length)
	if w, given := e.operand(2); given {
		if weights = w.Float64s(); !w.Type().IsFloat() || w.Rank() != 1 || len(weights) != l.length {
			return nil, false
		}
	}
	out, total, weight := make([]float64, len(targets)), 0.0, 0.0
	for line, class := range targets {
		if e.Has("ignore_index") && class == e.Int("ignore_index") {
			continue
		}
		if class < 0 || class >= int64(l.length) {
			return nil, false
		}
		out[line] = -float64(weights[class] * values[l.at(line, int(class))])
		total, weight = total+out[line], weight+weights[class]
	}
	switch e.Str("reduction") {
	case "none":
		return floats(e.elem, e.in[1].Shape(), out)
	case "sum":
		return floats(e.elem, nil, []float64{total})
	case "mean":
		return floats(e.elem, nil, []float64{total / weight})
	}
	return nil, false
}

// rotary computes RotaryEmbedding: pairs of channels are turned by the angle of their position.
func (e evaluation) rotary() (*tensor.Tensor, bool) {
	values, ok := e.numbersOf(0)
	cosines, ok1 := e.numbersOf(1)
	sines, ok2 := e.numbersOf(2)
	shape := e.in[0].Shape()
	if !ok || !ok1 || !ok2 || len(values) == 0 || len(shape) < 3 || len(shape) > 4 || e.in[0].ByteSize() > e.limit || !slices.Equal(e.in[1].Shape(), e.in[2].Shape()) {
		return nil, false
	}
	// The axes are batch, head, position and channel; of three axes the last one has all heads.
	heads, positions := int(shape[1]), int(shape[2])
	if len(shape) == 3 {
		heads, positions = int(e.Int("num_heads")), int(shape[1])
	}
	if heads < 1 || positions < 1 || int(shape[len(shape)-1])%heads != 0 && len(shape) == 3 {
		return nil, false
	}
	size := len(values) / int(shape[0]) / heads / positions
	turned := int(e.Int("rotary_embedding_dim"))
	if turned == 0 {
		turned = size
	}
	if turned%2 != 0 || turned < 0 || turned > size {
		return nil, false
	}
	half := turned / 2
	row := func(batch, position int) int { return batch*positions + position }
	if ids, given := e.integersOf(3); given {
		if e.in[1].Rank() != 2 || len(ids) != int(shape[0])*positions || int(e.in[1].Shape()[1]) != half || slices.Min(ids) < 0 || slices.Max(ids) >= e.in[1].Shape()[0] {
			return nil, false
		}
		row = func(batch, position int) int { return int(ids[batch*positions+position]) }
	} else if !slices.Equal(e.in[1].Shape(), []int64{shape[0], int64(positions), int64(half)}) {
		return nil, false
	}
	out := slices.Clone(values)
	for i := range len(values) / size {
		batch, position := i/(heads*positions), i%positions
		if len(shape) == 3 {
			position = i / heads % positions
		}
		angle := row(batch, position) * half
		for k := range half {
			a, b := i*size+k, i*size+k+half
			if e.Flag("interleaved") {
				a, b = i*size+2*k, i*size+2*k+1
			}
			c, s := cosines[angle+k], sines[angle+k]
			out[a], out[b] = float64(c*values[a])-float64(s*values[b]), float64(s*values[a])+float64(c*values[b])
		}
	}
	return floats(e.elem, shape, out)
}
