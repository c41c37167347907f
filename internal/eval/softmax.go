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

// attention computes an Attention whose operands have the axes batch, head, position and channel: softmax(scale·Q·Kᵀ + mask)·V.
func (e evaluation) attention() (*tensor.Tensor, bool) {
	q, ok := e.numbersOf(0)
	k, ok1 := e.numbersOf(1)
	v, ok2 := e.numbersOf(2)
	if !ok || !ok1 || !ok2 || e.out > 0 || len(e.in) > 4 || e.in[0].Rank() != 4 || e.in[1].Rank() != 4 || e.in[2].Rank() != 4 || e.Has("left_window_size") || e.Has("right_window_size") {
		return nil, false
	}
	to, from, with := e.in[0].Shape(), e.in[1].Shape(), e.in[2].Shape()
	if to[0] != from[0] || !slices.Equal(from[:3], with[:3]) || to[3] != from[3] || from[1] < 1 || to[1]%from[1] != 0 || from[2] < 1 {
		return nil, false
	}
	heads, queries, keys, size, width := int(to[1]), int(to[2]), int(from[2]), int(to[3]), int(with[3])
	work, err := tensor.Count([]int64{to[0], to[1], to[2], from[2], int64(size + width + 16)})
	count := int(to[0]) * heads * queries
	if err != nil || !e.spend(work) || e.elem.ByteSize(count*width) > e.limit {
		return nil, false
	}
	bias, ok := e.mask([]int64{to[0], to[1], to[2], from[2]})
	if !ok {
		return nil, false
	}
	scale := 1 / math.Sqrt(float64(size))
	if e.Has("scale") {
		scale = e.Float("scale")
	}
	top := e.Float("softcap")
	out, scores := make([]float64, count*width), make([]float64, keys)
	for i := range count {
		batch, head, query := i/(heads*queries), i/queries%heads, i%queries
		first := (batch*int(from[1]) + head/(heads/int(from[1]))) * keys
		for key := range scores {
			sum := 0.0
			for c := range size {
				sum += float64(q[i*size+c] * k[(first+key)*size+c])
			}
			if sum = float64(sum * scale); top > 0 {
				sum = float64(top * tanh(sum/top))
			}
			if scores[key] = sum + bias(i, key); e.Flag("is_causal") && key > query {
				scores[key] = math.Inf(-1)
			}
		}
		if math.IsInf(slices.Max(scores), -1) {
			return nil, false // runtimes do not agree on a query that sees nothing
		}
		softmaxRow(scores, 1, keys, false)
		for key, p := range scores {
			for c := range width {
				out[i*width+c] += float64(p * v[(first+key)*width+c])
			}
		}
	}
	return floats(e.elem, []int64{to[0], to[1], to[2], with[3]}, out)
}

// mask is what is added to the score of a key: a number, or minus infinity where it is not seen.
func (e evaluation) mask(shape []int64) (func(i, key int) float64, bool) {
	m, given := e.operand(3)
	if !given {
		return func(int, int) float64 { return 0 }, true
	}
	if whole, ok := op.Broadcast(m.Shape(), shape); !ok || !slices.Equal(whole, shape) || m.Rank() == 0 || m.Shape()[m.Rank()-1] != shape[3] {
		return nil, false // a shorter one hides the keys behind its end, and whether one of a single number does is not said
	}
	at, keys := strided(m.Shape(), shape), int(shape[3])
	if m.Type() == tensor.Bool {
		seen, ok := m.Int64s()
		return func(i, key int) float64 {
			if seen[at(i*keys+key)] == 0 {
				return math.Inf(-1)
			}
			return 0
		}, ok
	}
	values := m.Float64s()
	return func(i, key int) float64 { return values[at(i*keys+key)] }, m.Type().IsFloat()
}
