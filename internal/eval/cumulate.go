package eval

import (
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// cumulate computes CumSum and CumProd: each element becomes the sum or product of those up to it. It computes recurrent layers,
// too.
func (e evaluation) cumulate() (*tensor.Tensor, bool) {
	operator, neutral := "", int64(0)
	switch e.n.OpType {
	case "RNN", "GRU", "LSTM":
		return e.recurrent()
	case "CumSum":
		operator = "Add"
	case "CumProd":
		operator, neutral = "Mul", 1
	default:
		return nil, false
	}
	x := e.in[0]
	list, ok := e.integersOf(1)
	if !ok || len(list) != 1 || x.ByteSize() > e.limit || !e.spend(2*x.Len()) {
		return nil, false
	}
	axis, ok := op.Axis(list[0], x.Rank())
	if !ok {
		return nil, false
	}
	l := linesOf(x.Shape(), axis)
	exclusive, reverse := e.Flag("exclusive"), e.Flag("reverse")
	if x.Type().IsFloat() {
		f, values := floatOp(operator), x.Float64s()
		along(l, exclusive, reverse, values, float64(neutral), f)
		return floats(x.Type(), x.Shape(), values)
	}
	values, ok := x.Int64s()
	if !ok || x.Type() == tensor.Bool {
		return nil, false
	}
	along(l, exclusive, reverse, values, neutral, func(a, b int64) int64 {
		v, fine := intOp(operator, a, b)
		ok = ok && fine
		return v
	})
	if !ok {
		return nil, false
	}
	return integers(x.Type(), x.Shape(), values)
}

// along replaces the elements of each line by what they add up to.
func along[E any](l lines, exclusive, reverse bool, values []E, neutral E, add func(a, b E) E) {
	for line := range l.count() {
		total := neutral
		for k := range l.length {
			if reverse {
				k = l.length - 1 - k
			}
			at := l.at(line, k)
			before := total
			if total = add(total, values[at]); exclusive {
				values[at] = before
			} else {
				values[at] = total
			}
		}
	}
}

// layer is one direction of a recurrent layer. Its weights have a block of rows for each gate.
type layer struct {
	e            evaluation
	w, r, b, p   []float64 // for the input, the state, the two biases, the peepholes
	inputs, size int
	clip         float64
	act          []func(float64) float64
}

// recurrent computes RNN, GRU and LSTM.
func (e evaluation) recurrent() (*tensor.Tensor, bool) {
	gates := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}[e.n.OpType]
	x, ok := e.numbersOf(0)
	if !ok || len(e.in) < 3 || e.in[0].Rank() != 3 || e.in[1] == nil || e.in[2] == nil || e.in[2].Rank() != 3 {
		return nil, false
	}
	shape, hidden := slices.Clone(e.in[0].Shape()), int(e.in[2].Shape()[2])
	batchFirst := e.n.Int("layout", 0) != 0
	if batchFirst {
		shape[0], shape[1] = shape[1], shape[0]
	}
	steps, batch, inputs := int(shape[0]), int(shape[1]), int(shape[2])
	backward := map[string][]bool{"": {false}, "forward": {false}, "reverse": {true}, "bidirectional": {false, true}}[e.Str("direction")]
	sides := len(backward)
	act, ok := e.cellFunctions(sides)
	parameters := make([][]float64, 8)
	for i, form := range [][]int{1: {sides, gates * hidden, inputs}, 2: {sides, gates * hidden, hidden}, 3: {sides, 2 * gates * hidden}, 5: {sides, batch, hidden}, 6: {sides, batch, hidden}, 7: {sides, 3 * hidden}} {
		if form != nil && ok {
			parameters[i], ok = e.parameter(i, form, batchFirst && (i == 5 || i == 6))
		}
	}
	lengths, fits := e.lengths(steps, batch)
	work, err := tensor.Count([]int64{4, shape[0], shape[1], int64(sides * gates), int64(hidden), int64(inputs + hidden + 8)})
	if !ok || sides == 0 || !fits || err != nil || !e.spend(work) || 8*steps*sides*batch*hidden > max(e.limit, 1<<16) {
		return nil, false
	}
	all := make([]float64, steps*sides*batch*hidden)
	last := [2][]float64{parameters[5], parameters[6]}
	part := func(list []float64, k int) []float64 { return list[len(list)/sides*k : len(list)/sides*(k+1)] }
	for side, back := range backward {
		l := layer{e, part(parameters[1], side), part(parameters[2], side), part(parameters[3], side), part(parameters[7], side), inputs, hidden, math.Inf(1), act[side]}
		if e.Has("clip") {
			l.clip = e.Float("clip")
		}
		for k, length := range lengths {
			at := (side*batch + k) * hidden
			h, c := last[0][at:at+hidden], last[1][at:at+hidden]
			for t := range int(length) {
				if back {
					t = int(length) - 1 - t
				}
				from := t*batch + k
				if batchFirst {
					from = k*steps + t
				}
				l.step(x[from*inputs:(from+1)*inputs], h, c)
				copy(all[((t*sides+side)*batch+k)*hidden:], h)
			}
		}
	}
	form, out := []int64{int64(steps), int64(sides), int64(batch), int64(hidden)}, all
	if e.out > 0 {
		form, out = form[1:], last[e.out-1]
	}
	t, ok := floats(e.elem, form, out)
	if !ok || !batchFirst {
		return t, ok
	}
	perm := []int{2, 0, 1, 3}
	if e.out > 0 {
		perm = []int{1, 0, 2}
	}
	return e.permuted(t, perm)
}

// lengths is how many elements each sequence of the batch has; false where one has none, or more than there are.
func (e evaluation) lengths(steps, batch int) ([]int64, bool) {
	if _, given := e.operand(4); !given {
		return slices.Repeat([]int64{int64(steps)}, min(batch, e.in[0].Len())), steps > 0 && batch <= e.in[0].Len()
	}
	list, ok := e.integersOf(4)
	return list, ok && len(list) == batch && !slices.ContainsFunc(list, func(n int64) bool { return n < 1 || n > int64(steps) })
}

// permuted is a tensor with its axes in another order.
func (e evaluation) permuted(x *tensor.Tensor, perm []int) (*tensor.Tensor, bool) {
	strides := stridesOf(x.Shape())
	shape, steps := make([]int64, len(perm)), make([]int, len(perm))
	for i, p := range perm {
		shape[i], steps[i] = x.Shape()[p], strides[p]
	}
	return e.moved(x, shape, func(i int) int { return dot(i, shape, steps) })
}

// parameter is an input of that shape, zeros where it is absent.
func (e evaluation) parameter(i int, shape []int, swapped bool) ([]float64, bool) {
	form := make([]int64, len(shape))
	for k, size := range shape {
		form[k] = int64(size)
	}
	t, given := e.operand(i)
	if !given {
		count, err := tensor.Count(form)
		if err != nil || 8*count > max(e.limit, 1<<16) {
			return nil, false
		}
		return make([]float64, count), true
	}
	if swapped && t.Rank() == 3 {
		var ok bool
		if t, ok = e.permuted(t, []int{1, 0, 2}); !ok {
			return nil, false
		}
	}
	return t.Float64s(), t.Type().IsFloat() && slices.Equal(t.Shape(), form)
}

// cellFunctions are the functions of each direction. Each that has numbers of its own takes the next ones of two lists; false where
// they have too few that are needed.
func (e evaluation) cellFunctions(sides int) ([][]func(float64) float64, bool) {
	names := slices.Repeat(map[string][]string{"RNN": {"Tanh"}, "GRU": {"Sigmoid", "Tanh"}, "LSTM": {"Sigmoid", "Tanh", "Tanh"}}[e.n.OpType], sides)
	each := len(names) / max(sides, 1)
	if a := e.n.Attr("activations"); a != nil {
		if len(a.Strings) != len(names) {
			return nil, false
		}
		names = a.Strings
	}
	out := make([][]func(float64) float64, sides)
	lists := [2][]float32{e.Floats("activation_alpha"), e.Floats("activation_beta")}
	for i, name := range names {
		f, known := cellFunctions()[strings.ToLower(name)]
		if !known {
			return nil, false
		}
		var own [2]float64
		for k, preset := range f.own {
			switch {
			case len(lists[k]) > 0:
				own[k], lists[k] = float64(lists[k][0]), lists[k][1:]
			case math.IsNaN(preset):
				return nil, false
			default:
				own[k] = preset
			}
		}
		out[i/each] = append(out[i/each], func(v float64) float64 { return f.of(v, own[0], own[1]) })
	}
	return out, true
}

// cellFunction is a function of a recurrent layer, with the presets of its own numbers, which are at most two; NaN for none.
type cellFunction struct {
	of  func(v, a, b float64) float64
	own []float64
}

// cellFunctions are those that ONNX names, by their names in lower case, but for ThresholdedRelu, which jumps.
func cellFunctions() map[string]cellFunction {
	plain := func(f func(float64) float64) cellFunction {
		return cellFunction{func(v, _, _ float64) float64 { return f(v) }, nil}
	}
	none, single := math.NaN(), func(v float64) float64 { return float64(float32(v)) } // presets are of float32, too
	return map[string]cellFunction{
		"sigmoid": plain(sigmoid), "tanh": plain(tanh), "softplus": plain(softplus), "relu": plain(correctlyRounded("Relu")), "softsign": plain(portable("Softsign")),
		"affine":      {func(v, a, b float64) float64 { return float64(a*v) + b }, []float64{none, none}},
		"scaledtanh":  {func(v, a, b float64) float64 { return float64(a * tanh(float64(b*v))) }, []float64{none, none}},
		"leakyrelu":   {func(v, a, _ float64) float64 { return max(v, 0) + float64(a*min(v, 0)) }, []float64{single(0.01)}},
		"hardsigmoid": {func(v, a, b float64) float64 { return min(max(float64(a*v)+b, 0), 1) }, []float64{single(0.2), 0.5}},
		"elu":         {func(v, a, _ float64) float64 { return max(v, 0) + float64(a*expm1(min(v, 0))) }, []float64{1}},
	}
}

// gate is what goes into row k: of the input and the first bias, and of the state and the second bias.
func (l layer) gate(k int, x, h []float64) (fromInput, fromState float64) {
	fromInput, fromState = l.b[k], l.b[len(l.b)/2+k]
	for i, v := range x {
		fromInput += float64(l.w[k*l.inputs+i] * v)
	}
	for i, v := range h {
		fromState += float64(l.r[k*l.size+i] * v)
	}
	return fromInput, fromState
}

// squash is function i of a number that is clipped before.
func (l layer) squash(i int, v float64) float64 { return l.act[i](min(max(v, -l.clip), l.clip)) }

// step takes in one element of a sequence: the state h and, of LSTM, the cell c become the next ones.
func (l layer) step(x, h, c []float64) {
	n, before := l.size, slices.Clone(h)
	sum := func(k int) float64 {
		a, b := l.gate(k, x, before)
		return a + b
	}
	switch l.e.n.OpType {
	case "RNN":
		for k := range n {
			h[k] = l.squash(0, sum(k))
		}
	case "GRU": // z, r, h
		update, reset, scaled := make([]float64, n), make([]float64, n), make([]float64, n)
		for k := range n {
			update[k], reset[k] = l.squash(0, sum(k)), l.squash(0, sum(n+k))
			scaled[k] = float64(reset[k] * before[k])
		}
		for k := range n {
			a, b := l.gate(2*n+k, x, before)
			if b = float64(reset[k] * b); !l.e.Flag("linear_before_reset") {
				a, b = l.gate(2*n+k, x, scaled)
			}
			h[k] = float64((1-update[k])*l.squash(1, a+b)) + float64(update[k]*before[k])
		}
	case "LSTM": // i, o, f, c
		for k := range n {
			in := l.squash(0, sum(k)+float64(l.p[k]*c[k]))
			forget := l.squash(0, sum(2*n+k)+float64(l.p[2*n+k]*c[k]))
			if l.e.Flag("input_forget") {
				forget = 1 - in
			}
			c[k] = float64(forget*c[k]) + float64(in*l.squash(1, sum(3*n+k)))
			h[k] = float64(l.squash(0, sum(n+k)+float64(l.p[n+k]*c[k])) * l.act[2](c[k]))
		}
	}
}
