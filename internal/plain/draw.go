package plain

import (
	"iter"
	"math"
	"math/rand/v2"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// drawing gives out tensors of numbers.
type drawing struct {
	seed  uint64
	drawn uint64 // tensors so far, of which each has a sequence of its own
}

// uniform is numbers between two bounds. They are drawn row by row, when they are written, so that memory does not follow
// the file.
type uniform struct {
	seed, tensor uint64
	centre, half float64
}

// Row draws the numbers of one row.
func (u uniform) Row(dst []float64, row int) {
	r := rand.New(rand.NewPCG(u.seed, u.tensor<<32+uint64(row)))
	for i := range dst {
		dst[i] = u.centre + float64((2*r.Float64()-1)*u.half)
	}
}

// MaxAbs is the largest number that can be drawn.
func (u uniform) MaxAbs() float64 { return math.Abs(u.centre) + u.half }

// like is a tensor of a type and shape with numbers between two bounds.
func (d *drawing) like(t *tensor.Tensor, centre, half float64) *tensor.Tensor {
	d.drawn++
	return tensor.Compute(t.Type(), t.Shape(), uniform{d.seed, d.drawn, centre, half})
}

// spread is a tensor of numbers with that standard deviation around 0.
func (d *drawing) spread(t *tensor.Tensor, deviation float64) *tensor.Tensor {
	return d.like(t, 0, math.Sqrt(3)*deviation)
}

// draw gives every layer other weights, and a small bias of its own where it has one. A layer doubles what the Relu before
// it halves; one whose result is added to something adds little, so that a long chain of sums stays as large as it is.
func (d *drawing) draw(whole *graph.Graph) {
	const added, bias = 0.25, 0.01
	for n, w := range weights(whole) {
		deviation := math.Sqrt2 * unit(n, w)
		if isAdded(n.Output(0)) {
			deviation *= added
		}
		w.SetData(d.spread(w.Data(), deviation))
	}
	for n, b := range biases(whole) {
		own(n, 2, d.spread(b.Data(), bias))
	}
}

// unit is the standard deviation of weights whose layer gives numbers as large as those that it reads.
func unit(n *graph.Node, w *graph.Value) float64 { return 1 / math.Sqrt(float64(max(fanIn(n, w), 1))) }

// weights visits the constant weights of layers, each once, with a layer that reads it.
func weights(whole *graph.Graph) iter.Seq2[*graph.Node, *graph.Value] {
	return func(yield func(*graph.Node, *graph.Value) bool) {
		seen := map[*graph.Value]bool{}
		for n := range layers(whole) {
			for _, i := range weightsOf(n) {
				v := n.Input(i)
				if !isConstant(v) || seen[v] {
					continue
				}
				seen[v] = true
				if !yield(n, v) {
					return
				}
			}
		}
	}
}

// biases visits the layers with a constant bias.
func biases(whole *graph.Graph) iter.Seq2[*graph.Node, *graph.Value] {
	return func(yield func(*graph.Node, *graph.Value) bool) {
		for n := range layers(whole) {
			if v := n.Input(2); !n.Is("MatMul") && isConstant(v) && !yield(n, v) {
				return
			}
		}
	}
}

// isConstant reports whether v is an initializer of numbers that no caller can replace.
func isConstant(v *graph.Value) bool {
	return v.Constant() != nil && v.IsInitializer() && v.Elem().IsFloat()
}

func layers(whole *graph.Graph) iter.Seq[*graph.Node] {
	return func(yield func(*graph.Node) bool) {
		for g := range whole.All() {
			for n := range g.Nodes() {
				if weightsOf(n) != nil && !yield(n) {
					return
				}
			}
		}
	}
}

// own gives a node a constant that no other node reads.
func own(n *graph.Node, i int, t *tensor.Tensor) {
	v := n.Input(i)
	if v.OnlyUse() != nil {
		v.SetData(t)
		return
	}
	n.SetInput(i, n.Graph().NewInitializer(v.Name(), t))
}

// weightsOf is which inputs of a layer may be its weight; none where the node is no layer.
func weightsOf(n *graph.Node) []int {
	switch {
	case n.Is("Conv"), n.Is("ConvTranspose"):
		return []int{1}
	case n.Is("Gemm"), n.Is("MatMul"):
		return []int{0, 1}
	}
	return nil
}

// fanIn is how many products with a weight each result of a layer is the sum of.
func fanIn(n *graph.Node, w *graph.Value) int {
	shape, left := w.Data().Shape(), n.Input(0) == w
	if len(shape) < 2 {
		return product(shape)
	}
	last := len(shape) - 1
	switch {
	case n.Is("Conv"):
		return product(shape[1:])
	case n.Is("ConvTranspose"):
		return product(shape[2:]) * int(shape[0]/max(n.Int("group", 1), 1))
	case n.Is("Gemm") && left && n.Int("transA", 0) != 0, n.Is("Gemm") && !left && n.Int("transB", 0) == 0:
		return int(shape[0])
	case n.Is("Gemm"), left:
		return int(shape[last])
	}
	return int(shape[last-1])
}

func product(sizes []int64) int {
	n := 1
	for _, s := range sizes {
		n *= int(s)
	}
	return n
}

// isAdded reports whether v is an operand of a sum.
func isAdded(v *graph.Value) bool {
	for u := range v.Uses() {
		if n := u.Node; n != nil && isSum(n) {
			return true
		}
	}
	return false
}

func isSum(n *graph.Node) bool { return n.Is("Add") || n.Is("Sub") || n.Is("Sum") || n.Is("Mean") }
