package passes_test

import (
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// lists are operators whose lists are attributes before an opset, and inputs from it on. The names are those of the inputs from
// the second on.
func lists() map[string]struct {
	since int64
	names []string
} {
	type form = struct {
		since int64
		names []string
	}
	return map[string]form{
		"Slice": {10, []string{"starts", "ends", "axes"}}, "Split": {13, []string{"split"}}, "Pad": {11, []string{"pads"}},
		"Squeeze": {13, []string{"axes"}}, "Unsqueeze": {13, []string{"axes"}}, "ReduceSum": {13, []string{"axes"}},
		"ReduceMean": {18, []string{"axes"}},
	}
}

// inOpset writes a graph, which is one of opset 17, as a random opset from 7 on writes it: as the first one that has all of it where
// the one that was drawn has not. From opset 14 on it uses what is new.
func inOpset(seed uint64, m *graph.Model) *graph.Model {
	r := rand.New(rand.NewPCG(seed, 31))
	version := 7 + r.Int64N(18)
	for n := range m.Graph.Nodes() {
		version = max(version, firstOpset(n))
	}
	m.Opsets[0].Version = version
	nodes := slices.Collect(m.Graph.Nodes())
	for _, n := range nodes {
		form, ok := lists()[n.OpType]
		switch {
		case ok && version < form.since:
			asAttributes(n, form.names)
		case ok && n.Ints("axes") != nil:
			n.AddInput(m.Graph.NewInitializer("axes", tensor.Of([]int64{int64(len(n.Ints("axes")))}, n.Ints("axes")...)))
			n.RemoveAttr("axes")
		case r.IntN(2) == 0:
			asNewerOpsets(n, version)
		}
	}
	return m
}

// firstOpset is the first opset that has what n is or says.
func firstOpset(n *graph.Node) int64 {
	since := map[string]int64{"Expand": 8, "Sum": 8, "Mean": 8, "ScatterND": 11}[n.OpType]
	form, ok := lists()[n.OpType]
	for i, in := range n.Inputs() {
		if i > 0 && in != nil && ok && in.Constant() == nil {
			since = max(since, form.since)
		}
	}
	switch {
	case n.Is("Slice") && n.Input(4) != nil && !n.Input(4).Constant().IsAll(1):
		return max(since, 10)
	case n.Is("Gather") && n.Input(1).Constant() != nil && slices.Min(n.Input(1).Constant().Float64s()) < 0:
		return 11
	}
	return since
}

// asAttributes writes the inputs of n that are lists as attributes.
func asAttributes(n *graph.Node, names []string) {
	g := n.Graph()
	old := graph.NewNode(n.OpType, n.Input(0))
	old.Name = n.Name
	for _, a := range n.Attrs() {
		old.SetAttr(a)
	}
	for i, name := range names {
		if in := n.Input(i + 1); in != nil {
			list, _ := in.Constant().Int64s()
			old.SetAttr(graph.IntsAttr(name, list...))
		}
	}
	g.InsertBefore(old, n)
	for n.NumOutputs() > old.NumOutputs() {
		old.TakeOutput(n.Output(old.NumOutputs()))
	}
	var operands []*graph.Value
	for _, in := range n.Inputs() {
		operands = append(operands, in)
	}
	g.Remove(n)
	for _, in := range operands[1:] {
		if in != nil && !in.Used() {
			g.RemoveInitializer(in)
		}
	}
}

// asNewerOpsets says the same with what newer opsets have: a Reshape that keeps its zeros, a Split into parts of one size, a Pad of
// some axes.
func asNewerOpsets(n *graph.Node, version int64) {
	if n.Input(1) == nil || n.Input(1).Constant() == nil {
		return
	}
	switch list := func() []float64 { return n.Input(1).Constant().Float64s() }; {
	case n.Is("Reshape") && version >= 14 && !slices.Contains(list(), 0):
		n.SetAttr(graph.IntAttr("allowzero", 1))
	case n.Is("Split") && version >= 18 && slices.Min(list()) == slices.Max(list()):
		n.SetAttr(graph.IntAttr("num_outputs", int64(n.NumOutputs())))
		n.SetInput(1, nil)
	case n.Is("Pad") && version >= 18 && n.NumInputs() == 2:
		pads := list()
		rank := len(pads) / 2
		var axes, begins, ends []int64
		for i := range rank {
			if pads[i] != 0 || pads[rank+i] != 0 {
				axes, begins, ends = append(axes, int64(i-rank)), append(begins, int64(pads[i])), append(ends, int64(pads[rank+i]))
			}
		}
		ints := func(list []int64) *graph.Value {
			return n.Graph().NewInitializer("i", tensor.Of([]int64{int64(len(list))}, list...))
		}
		n.SetInput(1, ints(append(begins, ends...)))
		n.SetInput(3, ints(axes))
	}
}
