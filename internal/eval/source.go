package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// source computes operators that make numbers of sizes and bounds, and transforms of signals.
func (e evaluation) source() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "ConstantOfShape":
		return e.fill()
	case "Range":
		return e.sequence()
	case "HannWindow":
		return e.cosines(0.5, -0.5)
	case "HammingWindow":
		return e.cosines(25./46, -21./46)
	case "BlackmanWindow":
		return e.cosines(0.42, -0.5, 0.08)
	case "AffineGrid":
		return e.affineGrid()
	case "DFT":
		return e.transform()
	case "STFT":
		return e.frames()
	}
	return nil, false
}

// fill is ConstantOfShape: zeros of type float, or the one element of its attribute.
func (e evaluation) fill() (*tensor.Tensor, bool) {
	value := tensor.Of([]int64{1}, float32(0))
	if e.Has("value") {
		if value = e.Tensor("value"); value == nil || value.Len() != 1 || value.Type().Bits() < 8 {
			return nil, false
		}
	}
	if e.shape == nil {
		return nil, false
	}
	return e.moved(value, e.shape, func(int) int { return 0 })
}

// sequence is Range.
func (e evaluation) sequence() (*tensor.Tensor, bool) {
	for _, t := range e.in {
		if t == nil || t.Type() != e.in[0].Type() || t.Len() != 1 {
			return nil, false
		}
	}
	if len(e.in) != 3 {
		return nil, false
	}
	if e.elem.IsFloat() {
		return e.sequenceOfFloats()
	}
	var p [3]int64
	for i := range p {
		v, ok := e.integersOf(i)
		if !ok || v[0] > 1<<53 || v[0] < -1<<53 {
			return nil, false
		}
		p[i] = v[0]
	}
	if p[2] == 0 {
		return nil, false
	}
	n := max((p[1]-p[0]+p[2]-sign(p[2]))/p[2], 0)
	if n > int64(e.limit/8) || !e.spend(int(n)) {
		return nil, false
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = p[0] + int64(i)*p[2]
	}
	return integers(e.elem, []int64{n}, out)
}

// sequenceOfFloats is Range where their number is certain: the bound is a whole number of steps away, and exactly, or
// far from one.
func (e evaluation) sequenceOfFloats() (*tensor.Tensor, bool) {
	var p [3]float64
	for i := range p {
		if e.in[i].Computed() || !e.in[i].Finite() {
			return nil, false
		}
		p[i] = e.in[i].Float64s()[0]
	}
	span := p[1] - p[0]
	steps := span / p[2]
	if p[2] == 0 || math.Abs(steps) > float64(e.limit/8) {
		return nil, false
	}
	whole := math.Round(steps)
	if _, exact := exactly(e.elem, nil, []float64{span}); math.Abs(steps-whole) < 1e-3 && (!exact || steps != whole) {
		return nil, false
	}
	n := max(int(math.Ceil(steps)), 0)
	if !e.spend(n) {
		return nil, false
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = p[0] + float64(float64(i)*p[2])
	}
	return countable(e.elem, []int64{int64(n)}, out, out)
}

func sign(v int64) int64 {
	if v < 0 {
		return -1
	}
	return 1
}

// cosines is a window of a signal: Σ aₖ·cos(2π·k·i/N) for i from 0, where N is the size, or one less where the window is
// symmetric.
func (e evaluation) cosines(a ...float64) (*tensor.Tensor, bool) {
	list, ok := e.integersOf(0)
	if !ok || len(list) != 1 || e.in[0].Rank() != 0 || list[0] < 2 || list[0] > int64(e.limit/8) || !e.elem.IsFloat() || !e.spend(8*int(list[0])) {
		return nil, false
	}
	period := float64(list[0])
	if !e.Flag("periodic") {
		period--
	}
	out := make([]float64, list[0])
	for i := range out {
		for k, factor := range a {
			out[i] += float64(factor * cos(2*math.Pi*float64(k*i)/period))
		}
	}
	return floats(e.elem, list, out)
}

// affineGrid is AffineGrid: for each place of an image of the given size the place that a matrix of its sample maps it to. Places
// run from −1 to 1 along each axis, and the last axis of the image comes first among them.
func (e evaluation) affineGrid() (*tensor.Tensor, bool) {
	theta, ok := e.numbersOf(0)
	size, ok2 := e.integersOf(1)
	if !ok || !ok2 || len(size) < 4 || e.in[0].Rank() != 3 {
		return nil, false
	}
	axes := len(size) - 2
	shape := slices.Concat(size[:1], size[2:], []int64{int64(axes)})
	count, err := tensor.Count(shape)
	if !slices.Equal(e.in[0].Shape(), []int64{size[0], int64(axes), int64(axes + 1)}) || err != nil || e.elem.ByteSize(count) > e.limit || !e.spend(count*(axes+1)) {
		return nil, false
	}
	out := make([]float64, count)
	for i := range out {
		rest, row := i/axes, i%axes
		place := make([]float64, axes)
		for k, length := range slices.Backward(size[2:]) {
			place[axes-1-k] = e.place(rest%int(length), int(length))
			rest /= int(length)
		}
		of := theta[(rest*axes+row)*(axes+1):]
		for k, v := range place {
			out[i] += float64(of[k] * v)
		}
		out[i] += of[axes]
	}
	return floats(e.elem, shape, out)
}

// place is where element i of so many lies between −1 and 1, which are the middles of the outer ones or their borders.
func (e evaluation) place(i, length int) float64 {
	if e.Flag("align_corners") {
		return float64(2*i)/float64(length-1) - 1
	}
	return float64(2*i+1)/float64(length) - 1
}

// transform computes DFT along an axis. The last axis has the real part, or that and the imaginary one.
func (e evaluation) transform() (*tensor.Tensor, bool) {
	x := e.in[0]
	values, ok := e.numbersOf(0)
	if !ok || x.Rank() < 2 || len(values) == 0 || x.Shape()[x.Rank()-1] > 2 {
		return nil, false
	}
	said := e.n.Int("axis", 1)
	if e.n.Graph().Opset() >= 20 {
		said = -2
		if _, given := e.operand(2); given {
			list, ok := e.integersOf(2)
			if !ok || len(list) != 1 {
				return nil, false
			}
			said = list[0]
		}
	}
	axis, ok := op.Axis(said, x.Rank())
	if !ok || axis == x.Rank()-1 {
		return nil, false
	}
	parts := int(x.Shape()[x.Rank()-1])
	inverse, half := e.Flag("inverse"), e.Flag("onesided")
	back := inverse && half // to a real signal: one side of the bins stands for both
	n := int(x.Shape()[axis])
	if back {
		n = 2 * (n - 1)
	}
	if _, given := e.operand(1); given {
		list, ok := e.integersOf(1)
		if !ok || len(list) != 1 || list[0] < 1 || list[0] > int64(e.limit) {
			return nil, false
		}
		n = int(list[0])
	}
	bins, width := n, 2
	switch {
	case n < 1 || back && (parts != 2 || x.Shape()[axis] != int64(n/2+1)):
		return nil, false // runtimes do not agree which bins of one side are left out or added
	case back:
		width = 1
	case half:
		bins = n/2 + 1
	}
	shape := slices.Clone(x.Shape())
	shape[axis], shape[x.Rank()-1] = int64(bins), int64(width)
	from, to := linesOf(x.Shape()[:x.Rank()-1], axis), linesOf(shape[:x.Rank()-1], axis)
	count, err := tensor.Count(shape)
	if err != nil || e.elem.ByteSize(count) > e.limit || count > *e.work/(16*n) || !e.spend(count*16*n) {
		return nil, false
	}
	out := make([]float64, count)
	for line := range to.count() {
		signal := make([][2]float64, n) // cut off, or followed by zeros
		for k := range min(n, from.length) {
			copy(signal[k][:parts], values[from.at(line, k)*parts:])
		}
		if back {
			mirror(signal)
		}
		for k := range bins {
			copy(out[to.at(line, k)*width:][:width], bin(signal, k, inverse))
		}
	}
	return floats(e.elem, shape, out)
}

// mirror makes the second half of the bins of a real signal from the first one: they are its conjugates. Of the bins that have none
// the imaginary parts do not count.
func mirror(bins [][2]float64) {
	for k := 1; 2*k < len(bins); k++ {
		bins[len(bins)-k] = [2]float64{bins[k][0], -bins[k][1]}
	}
}

// bin is Σ x·e^(∓2πi·jk/n), the inverse divided by n.
func bin(signal [][2]float64, k int, inverse bool) []float64 {
	n, sum := len(signal), []float64{0, 0}
	for j, v := range signal {
		turn := 2 * math.Pi * float64(j*k%n) / float64(n)
		c, s := cos(turn), -sin(turn)
		if inverse {
			s = -s
		}
		sum[0] += float64(c*v[0]) - float64(s*v[1])
		sum[1] += float64(c*v[1]) + float64(s*v[0])
	}
	if inverse {
		sum[0], sum[1] = sum[0]/float64(n), sum[1]/float64(n)
	}
	return sum
}

// frames computes STFT: the transforms of parts of a signal, a step apart, times a window.
func (e evaluation) frames() (*tensor.Tensor, bool) {
	values, ok := e.numbersOf(0)
	step, ok1 := e.integersOf(1)
	shape := e.in[0].Shape()
	if !ok || !ok1 || len(step) != 1 || step[0] < 1 || len(shape) < 2 || len(shape) > 3 {
		return nil, false
	}
	parts, window, length := 1, []float64(nil), 0
	if len(shape) == 3 {
		parts = int(shape[2])
	}
	if w, given := e.operand(2); given {
		if window, length = w.Float64s(), w.Len(); !w.Type().IsFloat() || w.Rank() != 1 {
			return nil, false
		}
	}
	if _, given := e.operand(3); given {
		list, ok := e.integersOf(3)
		if !ok || len(list) != 1 || length > 0 && int(list[0]) != length || list[0] > shape[1] {
			return nil, false
		}
		length = int(list[0])
	}
	if length < 1 || int64(length) > shape[1] || parts < 1 || parts > 2 {
		return nil, false
	}
	bins, count := length, int(shape[1]-int64(length))/int(step[0])+1
	if e.Flag("onesided") {
		bins = length/2 + 1
	}
	form := []int64{shape[0], int64(count), int64(bins), 2}
	total, err := tensor.Count(form)
	if err != nil || e.elem.ByteSize(total) > e.limit || total > *e.work/(16*length) || !e.spend(total*16*length) {
		return nil, false
	}
	var out []float64
	for i := range int(shape[0]) * count {
		signal := make([][2]float64, length)
		for k := range signal {
			at := i/count*int(shape[1]) + i%count*int(step[0]) + k
			copy(signal[k][:parts], values[at*parts:])
			if window != nil {
				signal[k][0], signal[k][1] = float64(signal[k][0]*window[k]), float64(signal[k][1]*window[k])
			}
		}
		for k := range bins {
			out = append(out, bin(signal, k, false)...)
		}
	}
	return floats(e.elem, form, out)
}
