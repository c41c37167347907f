package mutant

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// NoHead is the name of no head.
const NoHead = "none"

// Heads lists the operators that can hide from the output of a network what is different before them, and [NoHead].
func Heads() []string { return []string{NoHead, "Softmax", "ArgMax", "TopK", "Sigmoid"} }

// PutHead makes what an operator of [Heads] computes of a graph's first output that output. All work along the last axis.
// TopK gives the place of the largest number.
func PutHead(g *graph.Graph, head string) {
	if head == NoHead {
		return
	}
	outputs := g.Outputs()
	logits := outputs[0]
	n := graph.NewNode(head, logits)
	out := g.NewValue("decision")
	out.SetType(graph.Type{Elem: logits.Type().Elem})
	switch head {
	case "TopK":
		n.AddInput(g.NewInitializer("k", tensor.Of([]int64{1}, int64(1))))
		n.TakeOutput(g.NewValue("largest"))
		out.SetElem(tensor.Int64)
	case "ArgMax":
		out.SetElem(tensor.Int64)
		n.SetAttr(graph.IntAttr("axis", -1))
	case "Softmax":
		n.SetAttr(graph.IntAttr("axis", -1))
	}
	n.TakeOutput(out)
	g.Append(n)
	outputs[0] = out
	g.SetOutputs(outputs...)
}
