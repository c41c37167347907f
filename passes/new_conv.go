package passes

import "github.com/acdeploy/acdeploy/graph"

func (p convPlan) build(like *graph.Node, input *graph.Value, before *graph.Node) *graph.Node {
	g := before.Graph()
	n := graph.NewNode("Conv", input)
	n.Domain = like.Domain
	g.InsertBefore(n, before)
	weight := like.Input(1).Name()
	n.SetInput(1, g.NewInitializer(weight, p.weight))
	if p.bias != nil {
		n.SetInput(2, g.NewInitializer(biasName(weight), p.bias))
	}
	n.SetAttr(graph.IntAttr("group", int64(p.conv.Group)))
	setInts(n, "kernel_shape", p.conv.Kernel, []int{0})
	setInts(n, "strides", p.conv.Strides, []int{1})
	setInts(n, "dilations", p.conv.Dilations, []int{1})
	setInts(n, "pads", append(append([]int{}, p.conv.Begin...), p.conv.End...), []int{0})
	nameLike(n, like)
	return n
}

// nameLike gives a new node a result, and names both after another node.
func nameLike(n, like *graph.Node) {
	if like.Name != "" {
		n.Name = n.Graph().FreshNodeName(like.Name)
	}
	n.TakeOutput(n.Graph().NewValue(like.Output(0).Name()))
}
