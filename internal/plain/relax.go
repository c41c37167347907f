package plain

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// relax changes what keeps a block from being one convolution, and does not change what that convolution costs: numbers
// that are not finite, shifts that a border does not have, statistics of the batch, averages over fewer elements at the
// border.
func (d *drawing) relax(whole *graph.Graph) {
	for n, w := range weights(whole) {
		w.SetData(d.spread(w.Data(), unit(n, w)))
	}
	for n, b := range biases(whole) {
		own(n, 2, d.like(b.Data(), 0, 0))
	}
	for g := range whole.All() {
		for n := range g.Nodes() {
			switch {
			case n.Is("BatchNormalization"):
				d.normalize(n)
			case n.Is("ScatterND"):
				d.writeNothing(n)
			case n.Is("AveragePool") && g.Opset() >= 7 && isAdded(afterNorms(n.Output(0))):
				n.SetAttr(graph.IntAttr("count_include_pad", 1))
			}
		}
	}
}

// normalize makes a batch norm one of inference, with scales near 1. It shifts nothing where a window reads the result: the
// border that the window pads would not have the shift. Elsewhere it shifts: without, it would go through a Relu into the
// next layer.
func (d *drawing) normalize(n *graph.Node) {
	n, ok := inferring(n)
	if !ok {
		return
	}
	about := [][2]float64{{1, 0.5}, {0, 0.1}, {}, {1, 0}} // scale, bias, mean, variance: the middle and the reach
	if isWindowed(n.Output(0)) {
		about[1] = [2]float64{}
	}
	for i, a := range about {
		if v := n.Input(i + 1); isConstant(v) {
			own(n, i+1, d.like(v.Data(), a[0], a[1]))
		}
	}
}

// isWindowed reports whether v is padded, or read by something that may pad it.
func isWindowed(v *graph.Value) bool {
	for u := range v.Uses() {
		if u.Node != nil && slices.ContainsFunc([]string{"Conv", "ConvTranspose", "AveragePool", "Pad", "ScatterND", "Transpose", "BatchNormalization"}, u.Node.Is) {
			return true
		}
	}
	return false
}

// writeNothing has a ScatterND write zeros where it writes constants, such as the border that an exporter made of a shift.
func (d *drawing) writeNothing(n *graph.Node) {
	const updates = 2
	for i := updates; n.Input(i) != nil; i = 0 {
		v := n.Input(i)
		if isConstant(v) {
			own(n, i, d.like(v.Data(), 0, 0))
			return
		}
		if n = v.Producer(); n == nil || !n.Is("Expand") && !n.Is("Transpose") && !n.Is("Reshape") && !n.Is("Unsqueeze") {
			return
		}
	}
}

// inferring takes a batch norm out of training mode; false where its other results are read, such as by the caller of the
// model.
func inferring(n *graph.Node) (*graph.Node, bool) {
	said, err := op.ReadBatchNormalization(n)
	if err != nil {
		return n, false
	}
	for i := 1; i < n.NumOutputs(); i++ {
		if n.Output(i).Used() {
			return n, false
		}
	}
	if said.UnlessTest {
		n.SetAttr(graph.IntAttr("is_test", 1))
	} else if said.Training {
		n.RemoveAttr("training_mode")
	}
	if n.NumOutputs() > 1 {
		n = ofOneResult(n)
	}
	return n, true
}

// ofOneResult puts a node that has nothing but its first result in the place of n.
func ofOneResult(n *graph.Node) *graph.Node {
	one := graph.NewNode(n.OpType)
	for _, v := range n.Inputs() {
		one.AddInput(v)
	}
	one.Name, one.Domain, one.Doc, one.Extra = n.Name, n.Domain, n.Doc, n.Extra
	for _, a := range n.Attrs() {
		one.SetAttr(a)
	}
	n.Graph().InsertBefore(one, n)
	one.TakeOutput(n.Output(0))
	n.Graph().Remove(n)
	return one
}

// afterNorms is what batch norms make of v where nobody else reads it.
func afterNorms(v *graph.Value) *graph.Value {
	for {
		use := v.OnlyUse()
		if use == nil || use.Node == nil || !use.Node.Is("BatchNormalization") {
			return v
		}
		v = use.Node.Output(0)
	}
}
