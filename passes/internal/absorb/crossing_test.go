package absorb

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// moving builds a random operator that moves, averages or compares the numbers of x, which has that shape. The operator
// may be one that the opset does not have, or that does not fit: then it does not run.
func moving(b graphtest.Builder, r *rand.Rand, x *graph.Value, shape []int64) *graph.Value {
	rank := len(shape)
	opset := b.Graph.Opset()
	axis := r.IntN(rank)
	ints := func(list ...int) *graph.Value {
		wide := make([]int64, len(list))
		for i, n := range list {
			wide[i] = int64(n)
		}
		return b.Ints(wide...)
	}
	pads := make([]int, 2*rank)
	pads[axis], pads[rank+axis] = r.IntN(3)-1+r.IntN(2), r.IntN(3)
	image := rank - 2
	kernel := func(k int) []*graph.Attr {
		return []*graph.Attr{graph.IntsAttr("kernel_shape", slices.Repeat([]int64{int64(k)}, max(image, 0))...), graph.IntsAttr("strides", slices.Repeat([]int64{int64(1 + r.IntN(2))}, max(image, 0))...)}
	}
	axes := func(op string, list ...int64) *graph.Value {
		since := map[string]int64{"Squeeze": 13, "Unsqueeze": 13, "ReduceSum": 13, "ReduceMean": 18, "ReduceMax": 18}[op]
		keep := []*graph.Attr{}
		if op[0] == 'R' {
			keep = append(keep, graph.IntAttr("keepdims", int64(r.IntN(2))))
		}
		if opset >= since {
			return b.Node(op, []*graph.Value{x, b.Ints(list...)}, keep...)
		}
		return b.Node(op, []*graph.Value{x}, append(keep, graph.IntsAttr("axes", list...))...)
	}
	switch r.IntN(22) {
	case 0:
		perm := make([]int64, rank)
		for i, p := range r.Perm(rank) {
			perm[i] = int64(p)
		}
		return b.Node("Transpose", []*graph.Value{x}, graph.IntsAttr("perm", perm...))
	case 1, 2:
		return b.Node("Reshape", []*graph.Value{x, ints(regrouping(r, shape)...)})
	case 3:
		return b.Node("Flatten", []*graph.Value{x}, graph.IntAttr("axis", int64(r.IntN(rank+1))))
	case 4:
		return axes("Squeeze", int64(axis))
	case 5:
		return axes("Unsqueeze", int64(r.IntN(rank+1)))
	case 6:
		to := make([]int, rank)
		for i, n := range shape {
			to[i] = int(n)
			if n == 1 {
				to[i] = 1 + r.IntN(3)
			}
		}
		return b.Node("Expand", []*graph.Value{x, ints(append([]int{1 + r.IntN(2)}, to...)...)})
	case 7:
		times := slices.Repeat([]int{1}, rank)
		times[axis] = 1 + r.IntN(3)
		return b.Node("Tile", []*graph.Value{x, ints(times...)})
	case 8, 9:
		start, step := r.IntN(4)-1, []int{1, 2, -1}[r.IntN(3)]
		end := start + step*(1+r.IntN(4))
		return b.Node("Slice", []*graph.Value{x, ints(start), ints(end), ints(axis), ints(step)})
	case 10:
		list := make([]int, 1+r.IntN(4))
		for i := range list {
			list[i] = r.IntN(int(2*shape[axis])) - int(shape[axis])
		}
		indices := ints(list...)
		switch {
		case r.IntN(3) == 0:
			indices = b.Graph.NewInitializer("i", tensor.Of(nil, int64(list[0])))
		case len(list) == 4:
			reshaped, _ := indices.Constant().Reshape([]int64{2, 2})
			indices.SetData(reshaped)
		}
		return b.Node("Gather", []*graph.Value{x, indices}, graph.IntAttr("axis", int64(axis)))
	case 11:
		mode := []string{"DCR", "CRD"}[r.IntN(2)]
		return b.Node("DepthToSpace", []*graph.Value{x}, graph.IntAttr("blocksize", 2), graph.StringAttr("mode", mode))
	case 12:
		return b.Node("SpaceToDepth", []*graph.Value{x}, graph.IntAttr("blocksize", 2))
	case 13, 14:
		mode := []string{"constant", "reflect", "edge", "wrap"}[r.IntN(4)]
		return b.Node("Pad", []*graph.Value{x, ints(pads...)}, graph.StringAttr("mode", mode))
	case 15:
		n := graph.NewNode("Split", x)
		first := r.IntN(int(shape[axis]) + 1)
		n.SetAttr(graph.IntAttr("axis", int64(axis)))
		if opset >= 13 {
			n.AddInput(ints(first, int(shape[axis])-first))
		} else {
			n.SetAttr(graph.IntsAttr("split", int64(first), shape[axis]-int64(first)))
		}
		n.TakeOutput(b.Graph.NewValue("part"))
		n.TakeOutput(b.Graph.NewValue("part"))
		b.Graph.Append(n)
		if r.IntN(2) == 0 {
			return n.Output(0)
		}
		return n.Output(1)
	case 16:
		beside := slices.Clone(shape)
		beside[axis] = int64(1 + r.IntN(2))
		parts := []*graph.Value{x, b.Floats(beside, 0)}
		if r.IntN(2) == 0 {
			slices.Reverse(parts)
		}
		return b.Node("Concat", parts, graph.IntAttr("axis", int64(axis)))
	case 17:
		scales := slices.Repeat([]float32{1}, rank)
		for i := 2; i < rank; i++ {
			scales[i] = []float32{1, 2, 1.5, 0.5}[r.IntN(4)]
		}
		mode := []string{"nearest", "linear"}[r.IntN(2)]
		return b.Node("Resize", []*graph.Value{x, nil, b.Floats([]int64{int64(rank)}, scales...)}, graph.StringAttr("mode", mode))
	case 18:
		return b.Node([]string{"AveragePool", "MaxPool"}[r.IntN(2)], []*graph.Value{x}, kernel(1+r.IntN(2))...)
	case 19:
		return b.Node([]string{"GlobalAveragePool", "GlobalMaxPool"}[r.IntN(2)], []*graph.Value{x})
	case 20:
		return axes([]string{"ReduceMean", "ReduceMax"}[r.IntN(2)], int64(axis))
	}
	more := slices.Clone(shape)
	if more[axis] == 1 {
		more[axis] = 3
	}
	return b.Node("Add", []*graph.Value{x, b.Floats(more[r.IntN(rank):], 0)})
}

// regrouping is other sizes for as many numbers: axes are joined and split, and one may be written as −1.
func regrouping(r *rand.Rand, shape []int64) []int {
	var out []int
	for _, n := range shape {
		switch {
		case r.IntN(3) == 0 && len(out) > 0:
			out[len(out)-1] *= int(n)
		case n%2 == 0 && r.IntN(2) == 0:
			out = append(out, int(n)/2, 2)
		case r.IntN(4) == 0:
			out = append(out, 1, int(n))
		default:
			out = append(out, int(n))
		}
	}
	if r.IntN(2) == 0 {
		out[r.IntN(len(out))] = -1
	}
	return out
}

// strict lets labels meet that are one.
func strict(a, b int) (int, bool) {
	switch {
	case a == free:
		return b, true
	case b == free, a == b:
		return a, true
	}
	return a, false
}

// randomLabels is labels of a value of that shape that repeat.
func randomLabels(r *rand.Rand, sizes []extent, shape []int64, free bool) labels {
	period := make([]int, len(shape))
	for i, n := range shape {
		divisors := []int{1}
		for d := 2; d <= int(n); d++ {
			if int(n)%d == 0 {
				divisors = append(divisors, d)
			}
		}
		if period[i] = 1; r.IntN(2) == 0 {
			period[i] = divisors[r.IntN(len(divisors))]
		}
	}
	l, _ := table(sizes, period, func([]int) int { return r.IntN(5) })
	if free {
		for i := range l.at {
			if r.IntN(6) == 0 {
				l.at[i] = -1
			}
		}
	}
	return l
}

// spelled is a tensor that holds its own labels; other numbers stand for nobody's.
func spelled(l labels, shape []int64) *tensor.Tensor {
	period := make([]int, len(shape))
	for i, n := range shape {
		period[i] = int(n)
	}
	whole, _ := table(nil, period, l.get)
	numbers := make([]float64, len(whole.at))
	for i, label := range whole.at {
		if numbers[i] = float64(label + 1); label < 0 {
			numbers[i] = 1000 + float64(i)
		}
	}
	return tensor.Of(shape, numbers...)
}

// TestLabelsAreMoved compares the labels that the account gives with those that the operator itself gives, when it runs over
// the labels: random operators, sizes from 1 to 6 of which many are not declared, in both directions.
func TestLabelsAreMoved(t *testing.T) {
	tries := 30_000
	if testing.Short() {
		tries = 3_000
	}
	followed := map[string][2]int{}
	for seed := range tries {
		r := rand.New(rand.NewPCG(uint64(seed), 19))
		b := graphtest.New([]int64{11, 13, 18, 21}[r.IntN(4)])
		shape := make([]int64, 2+r.IntN(4))
		declared := make([]int64, len(shape))
		for i := range shape {
			shape[i] = []int64{1, 2, 3, 4, 6, 8}[r.IntN(6)]
			if declared[i] = shape[i]; r.IntN(3) == 0 {
				declared[i] = -1
			}
		}
		x := b.Input("x", declared...)
		v := moving(b, r, x, shape)
		b.Graph.AddOutput(v)
		run := func(l labels) *tensor.Tensor {
			s, err := reference.OpenGraph(b.Graph.Model())
			if err != nil {
				return nil
			}
			out, err := s.RunFloat64(t.Context(), tensor.Map{"x": spelled(l, shape)})
			if err != nil {
				return nil
			}
			return out[v.Name()]
		}
		c := readCrossing(v.Producer(), shapes.Of(b.Graph))
		if c == nil || c.lost {
			continue
		}
		at := slices.IndexFunc(c.parts, func(p part) bool { return p.output == v.ProducerIndex() && c.node.Input(p.operand) == x })
		if at < 0 {
			continue
		}
		p := c.parts[at]
		axes := reading{c.node, shapes.Of(b.Graph)}.axes(x)
		l := randomLabels(r, axes, shape, false)
		got := run(l)
		if got == nil || got.Len() == 0 {
			continue
		}
		counts := followed[c.node.OpType]
		if moved, ok := p.forward(l, strict); ok {
			counts[0]++
			check(t, seed, "forward", c.node, moved, got)
		}
		asked := randomLabels(r, reading{c.node, shapes.Of(b.Graph)}.axes(v), got.Shape(), true)
		if before, ok := p.backward(asked, strict); ok {
			counts[1]++
			check(t, seed, "backward", c.node, asked, run(before))
		}
		followed[c.node.OpType] = counts
		if t.Failed() {
			t.Fatalf("seed %d: %s of %v declared as %v", seed, c.node.OpType, shape, declared)
		}
	}
	t.Log(followed)
	for op, counts := range followed {
		if min(counts[0], counts[1]) < tries/1000 {
			t.Errorf("%s was followed %v times", op, counts)
		}
	}
}

// check compares labels with what the operator computed of the labels. What comes from elsewhere, such as padding, has none.
func check(t *testing.T, seed int, way string, n *graph.Node, l labels, got *tensor.Tensor) {
	t.Helper()
	want := spelled(l, got.Shape()).Float64s()
	for i, number := range got.Float64s() {
		padding := number == 0 && n.Is("Pad") || number < 1 && n.Is("Concat")
		if want[i] >= 1000 || padding {
			continue
		}
		if math.Abs(number-want[i]) > 1e-9 {
			t.Errorf("seed %d, %s: number %d has label %g, want %g", seed, way, i, number-1, want[i]-1)
			return
		}
	}
}
