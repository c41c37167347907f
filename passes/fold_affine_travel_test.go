package passes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// traveller builds a random network whose maps per channel have to travel to a convolution. It keeps the shape of the
// value that it has come to, and the axis of its channels.
type traveller struct {
	*builder
	v       *graph.Value
	shape   []int64
	channel int
	opset   int64
	shifts  bool // whether the map has a constant: some operators do not let it pass
	signs   bool // whether it has negative scales
}

// journey is a network of a random opset: hosts, operators that let maps pass, a map, more operators, hosts.
func journey(seed uint64) (m *graph.Model, input []int64) {
	b := newBuilder(seed)
	w := &traveller{builder: b, channel: 1, opset: 7 + b.r.Int64N(18)}
	w.shifts, w.signs = b.r.IntN(3) == 0, b.r.IntN(3) == 0
	b.m.Opsets[0].Version = w.opset
	rank := 3 + b.r.IntN(3)
	w.shape = []int64{1 + b.r.Int64N(3), []int64{1, 2, 4, 8}[b.r.IntN(4)]}
	for range rank - 2 {
		w.shape = append(w.shape, 1+b.r.Int64N(9))
	}
	input = slices.Clone(w.shape)
	declared := slices.Clone(w.shape)
	for i := range declared {
		if b.r.IntN(3) == 0 && i != 1 {
			declared[i] = -1
		}
	}
	w.v = b.input("x", declared...)
	front, back := b.r.IntN(4) > 0, b.r.IntN(4) == 0
	if front {
		w.hosts()
	} else {
		w.unary("Sigmoid")
		back = true
	}
	for range b.r.IntN(4) {
		w.move()
	}
	w.scale()
	if back {
		for range b.r.IntN(4) {
			w.move()
		}
		w.finish()
	} else {
		w.unary("Sigmoid")
	}
	return b.output(w.v), input
}

func (w *traveller) unary(op string, attrs ...*graph.Attr) {
	w.v = w.node(op, []*graph.Value{w.v}, attrs...)
}

// hosts is one convolution, or two that are joined or added.
func (w *traveller) hosts() {
	x := w.v
	switch w.r.IntN(4) {
	case 0:
		out := 1 + w.r.Int64N(4)
		a, b := w.host(x, out), w.host(x, out)
		w.v = w.node([]string{"Add", "Sub"}[w.r.IntN(2)], []*graph.Value{a, b})
		w.shape[1] = out
	case 1:
		p, q := 1+w.r.Int64N(3), 1+w.r.Int64N(3)
		parts := []*graph.Value{w.host(x, p), w.host(x, q)}
		w.shape[1] = p + q
		if w.r.IntN(3) == 0 {
			parts = append(parts, w.constant(slices.Concat([]int64{w.shape[0], 2}, w.shape[2:])...))
			w.shape[1] += 2
		}
		w.v = w.node("Concat", parts, graph.IntAttr("axis", 1))
	default:
		out := []int64{4, 8, 1 + w.r.Int64N(5)}[w.r.IntN(3)]
		w.v, w.shape[1] = w.host(x, out), out
	}
}

// host is a convolution that keeps the sizes of the image.
func (w *traveller) host(x *graph.Value, out int64) *graph.Value {
	axes := len(w.shape) - 2
	k := []int64{1, 3}[w.r.IntN(2)]
	return w.conv(x, convShape{in: w.shape[1], out: out, kernel: slices.Repeat([]int64{k}, axes), pads: slices.Repeat([]int64{k / 2}, 2*axes), bias: w.r.IntN(2) == 0})
}

// finish brings the channels back to where a layer has them, and ends in it.
func (w *traveller) finish() {
	rank := len(w.shape)
	switch {
	case rank == 1:
		w.unary("Sigmoid")
	case rank >= 3 && rank <= 5 && w.channel == 1:
		w.v = w.node("Relu", []*graph.Value{w.host(w.v, 3)})
	case w.channel == rank-1:
		w.v = w.matMul(w.v, w.constant(w.shape[rank-1], 3))
	default:
		perm := make([]int64, 0, rank)
		for i := range rank {
			if i != w.channel {
				perm = append(perm, int64(i))
			}
		}
		perm = append(perm, int64(w.channel))
		w.permute(perm)
		w.finish()
	}
}

func (w *traveller) permute(perm []int64) {
	shape := make([]int64, len(perm))
	channel := 0
	for i, p := range perm {
		shape[i] = w.shape[p]
		if int(p) == w.channel {
			channel = i
		}
	}
	w.v, w.shape, w.channel = w.transpose(w.v, perm...), shape, channel
}

// scale is the map that is to travel.
func (w *traveller) scale() {
	count := w.shape[w.channel]
	if w.shifts && w.channel == 1 && w.r.IntN(2) == 0 {
		w.v = w.bn(w.v, int(count))
		if !w.signs {
			gamma := w.v.Producer().Input(1)
			w.positive(gamma)
		}
		return
	}
	shape := append([]int64{count}, slices.Repeat([]int64{1}, len(w.shape)-1-w.channel)...)
	if w.r.IntN(4) == 0 {
		shape = nil
	}
	c := w.constant(shape...)
	op := []string{"Mul", "Div"}[w.r.IntN(2)]
	if w.shifts {
		op = []string{"Add", "Sub"}[w.r.IntN(2)]
	} else if !w.signs {
		w.positive(c)
	}
	w.v = w.node(op, []*graph.Value{w.v, c})
}

// positive makes the numbers of a constant positive; one of them may be zero where that is allowed.
func (w *traveller) positive(c *graph.Value) {
	numbers := c.Constant().Float64s()
	data := make([]float32, len(numbers))
	for i, n := range numbers {
		data[i] = float32(math.Abs(n) + 0.01)
	}
	c.SetData(tensor.Of(c.Constant().Shape(), data...))
}

// list hands a node a list as an attribute, or from an opset on as an input.
func (w *traveller) list(op string, since int64, name string, list []int64, attrs ...*graph.Attr) *graph.Value {
	if w.opset < since {
		return w.node(op, []*graph.Value{w.v}, append(attrs, graph.IntsAttr(name, list...))...)
	}
	return w.node(op, []*graph.Value{w.v, w.ints(list...)}, attrs...)
}

// move is an operator that lets the map pass, mostly.
func (w *traveller) move() {
	rank, axis := len(w.shape), w.r.IntN(len(w.shape))
	plain := !w.shifts && !w.signs || w.r.IntN(10) == 0
	switch w.r.IntN(20) {
	case 0:
		perm := make([]int64, rank)
		for i, p := range w.r.Perm(rank) {
			perm[i] = int64(p)
		}
		w.permute(perm)
	case 1:
		if rank < 6 {
			at := w.r.IntN(rank + 1)
			w.v = w.list("Unsqueeze", 13, "axes", []int64{int64(at)})
			w.shape = slices.Insert(w.shape, at, 1)
			if at <= w.channel {
				w.channel++
			}
		}
	case 2:
		if axis != w.channel && w.shape[axis] == 1 && rank > 2 {
			w.v = w.list("Squeeze", 13, "axes", []int64{int64(axis)})
			w.drop(axis)
		}
	case 3:
		w.join()
	case 4:
		w.reduce(axis, plain)
	case 5, 6:
		w.pad(axis)
	case 7, 8:
		w.slice(axis)
	case 9:
		w.resize()
	case 10:
		w.pool(plain)
	case 11:
		if rank == 4 && w.channel == 1 && w.shape[1]%4 == 0 {
			w.unary("DepthToSpace", graph.IntAttr("blocksize", 2))
			w.shape = []int64{w.shape[0], w.shape[1] / 4, w.shape[2] * 2, w.shape[3] * 2}
		}
	case 12:
		if rank == 4 && w.channel == 1 && w.shape[2]%2 == 0 && w.shape[3]%2 == 0 {
			w.unary("SpaceToDepth", graph.IntAttr("blocksize", 2))
			w.shape = []int64{w.shape[0], w.shape[1] * 4, w.shape[2] / 2, w.shape[3] / 2}
		}
	case 13, 14:
		if plain {
			w.rectify()
		}
	case 15:
		if !w.shifts {
			gate := w.node("Sigmoid", []*graph.Value{w.constant(slices.Concat([]int64{1}, w.shape[1:])...)})
			w.v = w.node("Mul", []*graph.Value{w.v, gate})
		}
	case 16:
		if axis != w.channel {
			times := slices.Repeat([]int64{1}, rank)
			times[axis] = 2
			w.v = w.node("Tile", []*graph.Value{w.v, w.ints(times...)})
			w.shape[axis] *= 2
		}
	case 17:
		w.split(axis)
	case 18:
		indices := make([]int64, 1+w.r.IntN(3))
		for i := range indices {
			indices[i] = w.r.Int64N(w.shape[axis])
		}
		w.v = w.node("Gather", []*graph.Value{w.v, w.ints(indices...)}, graph.IntAttr("axis", int64(axis)))
		w.shape[axis] = int64(len(indices))
	case 19:
		w.v = w.node("Concat", []*graph.Value{w.v, w.v}, graph.IntAttr("axis", int64(axis)))
		w.shape[axis] *= 2
	}
}

func (w *traveller) drop(axis int) {
	w.shape = slices.Delete(w.shape, axis, axis+1)
	if axis < w.channel {
		w.channel--
	}
}

// join makes two axes behind the channels one.
func (w *traveller) join() {
	rank := len(w.shape)
	if w.channel > rank-3 {
		return
	}
	target := slices.Repeat([]int64{0}, rank-1)
	target[rank-2] = -1
	w.v = w.reshape(w.v, target...)
	w.shape = append(w.shape[:rank-2:rank-2], w.shape[rank-2]*w.shape[rank-1])
}

func (w *traveller) reduce(axis int, plain bool) {
	if axis == w.channel || len(w.shape) < 4 {
		return
	}
	op, since := "ReduceMean", int64(18)
	switch w.r.IntN(4) {
	case 0:
		op, since = "ReduceSum", 13
	case 1:
		if plain {
			op = "ReduceMax"
		}
	}
	keep := w.r.Int64N(2)
	w.v = w.list(op, since, "axes", []int64{int64(axis - len(w.shape))}, graph.IntAttr("keepdims", keep))
	if w.shape[axis] = 1; keep == 0 {
		w.drop(axis)
	}
}

func (w *traveller) pad(axis int) {
	rank := len(w.shape)
	mode := []string{"constant", "reflect", "edge"}[w.r.IntN(3)]
	begin, end := w.r.Int64N(2), w.r.Int64N(2)
	if mode == "reflect" && w.shape[axis] < 2 || rank > 5 {
		return
	}
	pads := make([]int64, 2*rank)
	pads[axis], pads[rank+axis] = begin, end
	w.v = w.list("Pad", 11, "pads", pads, graph.StringAttr("mode", mode))
	if mode == "constant" && w.r.IntN(3) == 0 {
		if w.opset < 11 {
			w.v.Producer().SetAttr(graph.FloatAttr("value", 0.5))
		} else {
			w.v.Producer().AddInput(w.scalar(0.5))
		}
	}
	w.shape[axis] += begin + end
}

func (w *traveller) slice(axis int) {
	start, step := w.r.Int64N(w.shape[axis]), 1+w.r.Int64N(2)
	if w.opset < 10 {
		step = 1
		w.unary("Slice", graph.IntsAttr("starts", start), graph.IntsAttr("ends", 100), graph.IntsAttr("axes", int64(axis)))
	} else {
		w.v = w.node("Slice", []*graph.Value{w.v, w.ints(start), w.ints(100), w.ints(int64(axis)), w.ints(step)})
	}
	w.shape[axis] = (w.shape[axis] - start + step - 1) / step
}

func (w *traveller) resize() {
	rank := len(w.shape)
	if w.channel != 1 || rank > 4 {
		return
	}
	scales := []float32{1, 1, 2, 2}[:rank]
	factors := w.g.NewInitializer("scales", tensor.Of([]int64{int64(rank)}, scales...))
	mode := graph.StringAttr("mode", []string{"nearest", "linear"}[w.r.IntN(2)])
	if w.opset < 11 {
		w.v = w.node("Upsample", []*graph.Value{w.v, factors}, mode)
	} else {
		w.v = w.node("Resize", []*graph.Value{w.v, w.g.NewInitializer("roi", tensor.Of[float32]([]int64{0})), factors}, mode)
	}
	for i := 2; i < rank; i++ {
		w.shape[i] *= 2
	}
}

func (w *traveller) pool(plain bool) {
	rank := len(w.shape)
	if w.channel != 1 || rank < 3 || rank > 5 {
		return
	}
	op := "AveragePool"
	if plain && w.r.IntN(2) == 0 {
		op = "MaxPool"
	}
	attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", slices.Repeat([]int64{2}, rank-2)...), graph.IntsAttr("pads", slices.Repeat([]int64{1, 0}, rank-2)...)}
	attrs[1] = graph.IntsAttr("pads", append(slices.Repeat([]int64{1}, rank-2), slices.Repeat([]int64{0}, rank-2)...)...)
	if op == "AveragePool" {
		attrs = append(attrs, graph.IntAttr("count_include_pad", w.r.Int64N(2)))
	}
	w.unary(op, attrs...)
}

func (w *traveller) rectify() {
	switch w.r.IntN(5) {
	case 0:
		w.unary("LeakyRelu", graph.FloatAttr("alpha", -0.3))
	case 1:
		w.v = w.node("PRelu", []*graph.Value{w.v, w.constant(1)})
	case 2:
		w.unary("Abs")
	case 3:
		if w.opset < 11 {
			w.unary("Clip", graph.FloatAttr("min", 0), graph.FloatAttr("max", 0.5))
		} else {
			w.v = w.node("Clip", []*graph.Value{w.v, w.scalar(0), w.scalar(0.5)})
		}
	default:
		w.unary("Relu")
	}
}

// split goes on with the parts joined the other way round.
func (w *traveller) split(axis int) {
	size := w.shape[axis]
	if size < 2 {
		return
	}
	v := w.list("Split", 13, "split", []int64{1, size - 1}, graph.IntAttr("axis", int64(axis)))
	other := w.g.NewValue("part")
	v.Producer().TakeOutput(other)
	if w.r.IntN(3) == 0 {
		w.v, w.shape[axis] = other, size-1
		return
	}
	w.v = w.node("Concat", []*graph.Value{other, v}, graph.IntAttr("axis", int64(axis)))
}

// TestRandomMapsThatTravel folds maps over random operators, and compares the answers in float64.
func TestRandomMapsThatTravel(t *testing.T) {
	d, folded, ran := draw(t, "maps per channel that travel", 8000, fromSeven()), map[bool]int{}, 0
	for seed := range d.seeds() {
		build := func() *graph.Model {
			m, _ := journey(seed)
			return m
		}
		_, input := journey(seed)
		after, result, err := passtest.Check(build, travelling(), [][]int64{input})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ran++
		d.count(after.Opsets[0].Version, result.Rewrites() > 0)
		folded[after.Graph.Len() < build().Graph.Len()]++
		sayWhatToDo(t, result)
	}
	t.Logf("%d of %d networks folded", folded[true], ran)
	if 10*folded[true] < 4*ran {
		t.Errorf("only %d of %d networks folded", folded[true], ran)
	}
}

// travelling is the folds alone.
func travelling() []pipeline.Step {
	var steps []pipeline.Step
	for _, s := range defaults() {
		if s.Name == "fold_batchnorm" || s.Name == "fold_affine" {
			steps = append(steps, s)
		}
	}
	return steps
}
