package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// The room that constants take in the file of a model: a result is stored where the file does not grow by it.

// smallBytes is what a node takes in a file at least, with the names of its inputs and output.
const smallBytes = 64

// isSmall reports a result that takes no more room than the node that computes it, or than its share where the node has
// several results, as a Split has. Sizes are few numbers, and are small on their own.
func isSmall(n *graph.Node, t *tensor.Tensor) bool {
	if !t.Type().IsFloat() && t.ByteSize() <= smallBytes {
		return true
	}
	return t.ByteSize()*n.NumOutputs() <= max(smallBytes, roomOf(n)-2*t.Rank())
}

// roomOf is about what a node takes in a file.
func roomOf(n *graph.Node) int {
	room := len(n.Name) + len(n.OpType) + 16
	for _, v := range n.Inputs() {
		if v != nil {
			room += len(v.Name()) + 2
		}
	}
	return room
}

// isLarge reports a constant that matters for the room that constants take.
func isLarge(v *graph.Value) bool {
	return v != nil && v.Constant() != nil && v.Constant().ByteSize() > smallBytes
}

// mostTogether bounds the nodes that are looked at together.
const mostTogether = 256

// takesNoRoom reports whether storing what n computes takes no more room than the constants that go then, because nobody
// else reads them. Nodes that read one constant are looked at together: its parts take the room of the whole.
func (f *constantFolder) takesNoRoom(n *graph.Node) bool {
	if free, known := f.free[n]; known {
		return free
	}
	nodes, sources, complete := f.together(n)
	room := 0
	for v := range sources {
		if f.goes(v) {
			room += v.Constant().ByteSize()
		}
	}
	for _, n := range nodes {
		for _, v := range n.Inputs() {
			if !isLarge(v) && v.OnlyUse() != nil && v.Constant() != nil {
				room += v.Constant().ByteSize()
			}
		}
	}
	counted := map[place]bool{}
	for _, n := range nodes {
		room += roomOf(n)
		for i, t := range f.results(n) {
			if t == nil {
				continue
			}
			if at := f.placeOf(n, i); !counted[at] {
				counted[at] = true
				room -= t.ByteSize()
			}
		}
	}
	for _, n := range nodes {
		f.free[n] = complete && room >= 0
	}
	if f.free[n] {
		f.next = append(f.next, nodes[1:]...)
	}
	return f.free[n]
}

// together lists the nodes that are computed and read large constants that n reads, or that one of them reads, and these
// constants; false where they are too many.
func (f *constantFolder) together(n *graph.Node) (nodes []*graph.Node, sources map[*graph.Value]bool, complete bool) {
	sources, seen := map[*graph.Value]bool{}, map[*graph.Node]bool{n: true}
	nodes = []*graph.Node{n}
	for at := 0; at < len(nodes); at++ {
		for _, v := range nodes[at].Inputs() {
			if !isLarge(v) || sources[v] || v.UseCount() > mostTogether {
				continue
			}
			sources[v] = true
			for u := range v.Uses() {
				if u.Node == nil || seen[u.Node] || f.results(u.Node) == nil {
					continue
				}
				if len(nodes) == mostTogether {
					return nodes, sources, false
				}
				seen[u.Node] = true
				nodes = append(nodes, u.Node)
			}
		}
	}
	return nodes, sources, true
}

// goes reports whether all that reads a constant is computed, so that the constant goes.
func (f *constantFolder) goes(v *graph.Value) bool {
	if v.IsOutput() {
		return false
	}
	for u := range v.Uses() {
		for i, t := range f.results(u.Node) {
			if out := u.Node.Output(i); out.Used() && (t == nil || out.IsOutput() || acceptedByUsers(out, t) != nil) {
				return false
			}
		}
		if f.results(u.Node) == nil {
			return false
		}
	}
	return true
}

// savesNodes reports whether a constant may fold into its neighbours, or they into what reads it: it is a parameter of a
// convolution or batch normalisation, what is written into a border, or one number per channel.
func savesNodes(v *graph.Value, t *tensor.Tensor) bool {
	const most = 32 // uses that are looked at
	open, looked := []*graph.Value{v}, 0
	for len(open) > 0 {
		v, open = open[0], open[1:]
		for u := range v.Uses() {
			n := u.Node
			if looked++; n == nil || looked > most {
				return false
			}
			switch {
			case u.Index > 0 && (n.Is("Conv") || n.Is("ConvTranspose") || n.Is("BatchNormalization") || n.Is("ScatterND")):
				return true
			case spreads(n) || isOfConstants(n):
				if n.Output(0) != nil {
					open = append(open, n.Output(0))
				}
			case (n.Is("Mul") || n.Is("Add") || n.Is("Sub") || n.Is("Div")) && variesAlongOneAxis(t):
				return true
			}
		}
	}
	return false
}

// spreads reports a node that spreads a constant over a size that only an image tells.
func spreads(n *graph.Node) bool {
	return slices.ContainsFunc([]string{"Expand", "Tile", "Reshape", "Transpose", "Cast", "CastLike"}, n.Is)
}

// variesAlongOneAxis reports a constant whose elements differ along one axis at most.
func variesAlongOneAxis(t *tensor.Tensor) bool {
	shape, numbers := t.Shape(), t.Float64s()
	varies, step := -1, len(numbers)
	for axis, size := range shape {
		if size == 0 {
			return false
		}
		step /= int(size)
		if !variesAlong(numbers, step, int(size)) {
			continue
		}
		if varies >= 0 {
			return false
		}
		varies = axis
	}
	return true
}

// variesAlong reports whether numbers differ along an axis of the given size, whose neighbours are step apart.
func variesAlong(numbers []float64, step, size int) bool {
	for i, number := range numbers {
		if i/step%size > 0 && number != numbers[i-step] {
			return true
		}
	}
	return false
}
