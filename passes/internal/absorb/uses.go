package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// mainUse is the only use of v by a node that its elements matter to: a Shape sees no difference. It is
// nil where there are more.
func mainUse(v *graph.Value) *graph.Use {
	const most = 8 // uses that are looked at
	if v.IsOutput() || v.UseCount() > most {
		return nil
	}
	var only *graph.Use
	for use := range v.Uses() {
		if use.Node.Is("Shape") {
			continue
		}
		if only != nil {
			return nil
		}
		only = use
	}
	return only
}

// mainUses is how many nodes use v that its elements matter to, and whether it is an output of a graph.
func mainUses(v *graph.Value) (count int, output bool) {
	for use := range v.Uses() {
		if use.Node != nil && !use.Node.Is("Shape") {
			count++
		}
	}
	return count, v.IsOutput()
}

// usedHere refuses a value that others use too, or that another graph computes.
func usedHere(v *graph.Value, n *graph.Node) *refusal.Refusal {
	if v.Graph() != n.Graph() {
		return refusal.New(refusal.SharedOutput, "%q is computed in another graph; what is inside an If, Loop or Scan does not fold with what is outside", v.Name())
	}
	if mainUse(v) != nil {
		return nil
	}
	return soleUse(v)
}

// quantizes reports whether n is an operator on quantized numbers, or at their rim.
func quantizes(n *graph.Node) bool {
	switch {
	case n.Is("QuantizeLinear"), n.Is("DequantizeLinear"), n.Is("DynamicQuantizeLinear"),
		n.Is("QLinearConv"), n.Is("QLinearMatMul"), n.Is("ConvInteger"), n.Is("MatMulInteger"):
		return true
	}
	return false
}

// soleUse refuses a value that has more than one user or is an output.
func soleUse(v *graph.Value) *refusal.Refusal {
	switch {
	case v.IsOutput():
		return refusal.New(refusal.SharedOutput, "%q is also an output of the graph; export the model without that output", v.Name())
	case v.UseCount() != 1:
		return refusal.New(refusal.SharedOutput, "%q has %d uses, and the others need it unchanged; export the model so that only one node reads it", v.Name(), v.UseCount())
	}
	return nil
}
