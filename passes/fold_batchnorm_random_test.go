package passes_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// side is the size of every axis of the input: where all sizes are equal, a constant on a wrong axis
// broadcasts, and only the answers tell.
const side = 4

// walk is a random chain of operators; shape is that of the value it has come to.
type walk struct {
	*builder
	v     *graph.Value
	shape []int64
}

// randomChain is one or two hosts with affine maps, batch normalisations and moves around them.
func randomChain(seed uint64) (m *graph.Model, input []int64) {
	b := newBuilder(seed)
	rank := 2 + b.r.IntN(3)
	w := walk{builder: b, shape: slices.Repeat([]int64{side}, rank)}
	declared := slices.Clone(w.shape)
	for i := range declared {
		if b.r.IntN(2) == 0 {
			declared[i] = -1
		}
	}
	w.v = b.input("x", declared...)
	if b.r.IntN(8) == 0 {
		w.v.SetType(graph.Type{Elem: w.v.Elem()})
	}
	input = slices.Clone(w.shape)
	host := b.r.IntN(4)
	for step := range 7 {
		if step == host || step == host+3 && b.r.IntN(2) == 0 {
			w.host()
			continue
		}
		switch b.r.IntN(8) {
		case 0, 1, 2:
			w.affine()
		case 3, 4:
			w.norm()
		case 5:
			w.node1("Neg")
		default:
			w.move()
		}
	}
	return inOpset(seed, b.output(w.v)), input
}

func (w *walk) node1(op string, attrs ...*graph.Attr) {
	w.v = w.node(op, []*graph.Value{w.v}, attrs...)
}

func (w *walk) norm() {
	if len(w.shape) > 1 {
		w.v = w.bn(w.v, int(w.shape[1]))
	}
}

// affine is an operator with a constant that may stand on any axis, or on none.
func (w *walk) affine() {
	rank := w.r.IntN(len(w.shape) + 1)
	if w.r.IntN(16) == 0 && len(w.shape) < 5 {
		rank = len(w.shape) + 1
	}
	shape := slices.Repeat([]int64{1}, rank)
	for i := range shape {
		if at := len(w.shape) - rank + i; at >= 0 && w.r.IntN(3) == 0 {
			shape[i] = w.shape[at]
			if w.r.IntN(2) == 0 && shape[i] == 1 {
				shape[i], w.shape[at] = side, side
			}
		}
	}
	if rank > len(w.shape) {
		w.shape = append([]int64{1}, w.shape...)
	}
	in := []*graph.Value{w.v, w.constant(shape...)}
	op := []string{"Mul", "Add", "Sub", "Div"}[w.r.IntN(4)]
	if op != "Div" && w.r.IntN(2) == 0 {
		in[0], in[1] = in[1], in[0]
	}
	w.v = w.node(op, in)
}

// host is a linear operator with constant weights.
func (w *walk) host() {
	rank := len(w.shape)
	if rank < 2 {
		return
	}
	const out = side
	last, channels := w.shape[rank-1], w.shape[1]
	switch w.r.IntN(4) {
	case 0:
		w.v = w.matMul(w.v, w.constant(last, out))
		w.shape[rank-1] = out
	case 1:
		w.v = w.matMul(w.constant(out, w.shape[rank-2]), w.v)
		w.shape[rank-2] = out
	case 2:
		if rank > 2 {
			group := []int64{1, channels}[w.r.IntN(2)]
			kernel := slices.Repeat([]int64{1}, rank-2)
			w.v = w.node("ConvTranspose", []*graph.Value{w.v, w.constant(append([]int64{channels, out}, kernel...)...)}, graph.IntAttr("group", group))
			w.shape[1] = out * group
			return
		}
		fallthrough
	default:
		switch rank {
		case 2:
			attrs := []*graph.Attr{graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2), graph.IntAttr("transB", 1), graph.IntAttr("transA", 1)}[w.r.IntN(4):]
			depth := last
			if slices.ContainsFunc(attrs, func(a *graph.Attr) bool { return a.Name == "transA" }) {
				depth, w.shape[0] = w.shape[0], last
			}
			bias := []*graph.Value{nil, w.constant(out), w.constant(1), w.constant(w.shape[0], 1)}[w.r.IntN(4)]
			w.v = w.gemm(w.v, depth, out, bias, attrs...)
			w.shape[1] = out
		default:
			c := convShape{in: channels, out: out, kernel: slices.Repeat([]int64{1}, rank-2), bias: w.r.IntN(2) == 0}
			if w.r.IntN(2) == 0 {
				c.kernel, c.pads = slices.Repeat([]int64{3}, rank-2), slices.Repeat([]int64{1}, 2*(rank-2))
			}
			w.v = w.conv(w.v, c)
			w.shape[1] = out
		}
	}
}

// move changes where elements stand, or pools them.
func (w *walk) move() {
	rank := len(w.shape)
	count := int64(1)
	for _, size := range w.shape {
		count *= size
	}
	switch w.r.IntN(8) {
	case 0, 1:
		perm := make([]int64, rank)
		shape := make([]int64, rank)
		for i, p := range w.r.Perm(rank) {
			perm[i], shape[i] = int64(p), w.shape[p]
		}
		w.v, w.shape = w.transpose(w.v, perm...), shape
	case 2:
		w.node1("Flatten")
		w.shape = []int64{w.shape[0], count / w.shape[0]}
	case 3:
		target := [][]int64{{0, -1}, {-1, w.shape[rank-1]}, {side, -1, w.shape[rank-1]}, {-1, side}}[w.r.IntN(4)]
		if count%(side*w.shape[rank-1]) != 0 || rank < 2 {
			return
		}
		w.v = w.reshape(w.v, target...)
		shape, known := slices.Clone(target), int64(1)
		for i, size := range shape {
			if size == 0 {
				shape[i] = w.shape[i]
			}
			if size >= 0 {
				known *= shape[i]
			}
		}
		shape[slices.Index(shape, -1)] = count / known
		w.shape = shape
	case 4:
		axis, keep := w.r.IntN(rank), w.r.IntN(2)
		if rank < 3 {
			return
		}
		w.node1("ReduceMean", graph.IntsAttr("axes", int64(axis-rank)), graph.IntAttr("keepdims", int64(keep)))
		if w.shape[axis] = 1; keep == 0 {
			w.shape = slices.Delete(w.shape, axis, axis+1)
		}
	case 5:
		if rank > 2 {
			w.node1("GlobalAveragePool")
			w.shape = append(w.shape[:2:2], slices.Repeat([]int64{1}, rank-2)...)
		}
	default:
		if rank > 2 {
			op := []string{"MaxPool", "AveragePool"}[w.r.IntN(2)]
			attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", slices.Repeat([]int64{3}, rank-2)...), graph.IntsAttr("pads", slices.Repeat([]int64{1}, 2*(rank-2))...)}
			if op == "AveragePool" && w.r.IntN(2) == 0 {
				attrs = append(attrs, graph.IntAttr("count_include_pad", 1))
			}
			w.node1(op, attrs...)
		}
	}
}

// TestRandomChains folds in random chains over values whose axes all have one size.
func TestRandomChains(t *testing.T) {
	d := draw(t, "folds along chains whose axes have one size", 6000, fromSeven())
	chains, rewrites := d.Graphs, 0
	for seed := range d.seeds() {
		m, input := randomChain(seed)
		_, result, err := passtest.Check(func() *graph.Model {
			m, _ := randomChain(seed)
			return m
		}, defaults(), [][]int64{input})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		d.count(m.Opsets[0].Version, result.Rewrites() > 0)
		for _, p := range result.Passes {
			if p.Name == "fold_batchnorm" || p.Name == "fold_affine" {
				rewrites += len(p.Rewrites)
			}
		}
	}
	t.Logf("%d folds in %d chains", rewrites, chains)
	if rewrites < chains {
		t.Errorf("only %d folds in %d chains", rewrites, chains)
	}
}
