package emit

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// fewNumbers is up to how many numbers take less memory than what computes them.
const fewNumbers = 512

// SetParameter gives n a constant as its i-th input: in the initializer that is there if nobody else
// uses it, otherwise in a new one.
func SetParameter(n *graph.Node, i int, name string, t *tensor.Tensor) {
	t = t.Settled(fewNumbers)
	if v := n.Input(i); v != nil && v.Constant() != nil && v.OnlyUse() != nil && !v.IsInput() {
		v.SetData(t)
		return
	}
	n.SetInput(i, n.Graph().NewInitializer(name, t))
}

// setInts changes a list attribute where it does not say so already; def is repeated to the length
// of the list to give what an absent attribute means.
func setInts(n *graph.Node, name string, want, def []int) {
	have := n.Ints(name)
	same := have != nil && len(have) == len(want) || have == nil && def != nil
	for i, w := range want {
		if !same {
			break
		}
		if have != nil {
			same = have[i] == int64(w)
		} else {
			same = def[0] == w
		}
	}
	if same || have == nil && def == nil {
		return
	}
	list := make([]int64, len(want))
	for i, w := range want {
		list[i] = int64(w)
	}
	n.SetAttr(graph.IntsAttr(name, list...))
}

// RemoveIfUnused is [Remove] of a node whose results nobody uses any more; it leaves others.
func RemoveIfUnused(n *graph.Node) {
	if n.LiveOutputs() == 0 {
		Remove(n)
	}
}

// Remove takes a node out of its graph, with the constants that only it read. In a graph of many nodes they would take more memory than
// what replaces them, until a later pass looks for what is unused.
func Remove(n *graph.Node) {
	var read []*graph.Value
	for _, v := range n.Inputs() {
		if v.Constant() != nil && !v.IsInput() {
			read = append(read, v)
		}
	}
	n.Graph().Remove(n)
	for _, v := range read {
		if v.IsInitializer() && !v.Used() {
			v.Graph().RemoveInitializer(v)
		}
	}
}

// SetWeights gives a node a weight and, unless it is nil, a bias.
func SetWeights(n *graph.Node, at int, w *tensor.Tensor, biasAt int, b *tensor.Tensor) {
	name := n.Input(at).Name()
	if n.Input(at).Constant() != w {
		SetParameter(n, at, name, w)
	}
	if b != nil {
		SetParameter(n, biasAt, BiasName(name), b)
	}
}

// nameLike gives a new node a result, and names both after another node.
func nameLike(n, like *graph.Node) {
	if like.Name != "" {
		n.Name = n.Graph().FreshNodeName(like.Name)
	}
	n.TakeOutput(n.Graph().NewValue(like.Output(0).Name()))
}
