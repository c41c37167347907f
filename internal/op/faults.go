package op

import (
	"fmt"
	"iter"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
)

// newestOpset is the newest version of ONNX's own operator set that is published.
const newestOpset = 28

// memoryHint is an attribute that old operators have and the schemas here leave out: it says nothing of what is computed.
const memoryHint = "consumed_inputs"

// Fault is a place where a model breaks the published schemas.
type Fault struct {
	Kind string // what faults of other nodes have in common with it: neither the node nor the opset is named
	Text string // a sentence that names the node
}

// Faults visits what the published schemas forbid: an opset that does not exist, and, in g, its sub-graphs and the functions of its
// model, nodes of ONNX's own domain with an operator, an attribute or a number of inputs or outputs that the opset does not have. Nodes
// of other domains are left to whoever knows them. It takes one walk over the nodes.
//
// Models that run may have such faults, so that [Check] does not report them: engines are more tolerant than the schemas.
func Faults(g *graph.Graph) iter.Seq[Fault] {
	return func(yield func(Fault) bool) {
		if !faultsOfModel(g, yield) {
			return
		}
		for _, f := range g.Model().Functions() {
			if f.Body != nil && !faultsOfModel(f.Body, yield) {
				return
			}
		}
	}
}

func faultsOfModel(g *graph.Graph, yield func(Fault) bool) bool {
	if v := g.Opset(); v > newestOpset && !yield(Fault{"opset", fmt.Sprintf("opset %d is not published, the newest is %d", v, newestOpset)}) {
		return false
	}
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !faultsOfNode(n, yield) {
				return false
			}
		}
	}
	return true
}

func faultsOfNode(n *graph.Node, yield func(Fault) bool) bool {
	if !n.Is(n.OpType) {
		return true
	}
	opset := n.Graph().Opset()
	found := func(kind, format string, args ...any) bool {
		return yield(Fault{n.OpType + " " + kind, fmt.Sprintf("node %s: %s", n.Label(), fmt.Sprintf(format, args...))})
	}
	s, ok := published(n.OpType, opset)
	if !ok {
		return found("operator", "opset %d has no operator %s", opset, n.OpType)
	}
	if err := s.checkInputs(n); err != nil && !found("inputs", "%v", err) {
		return false
	}
	if s.moreOutputs(n) && !found("outputs", "it has more outputs than %s has in opset %d", n.OpType, opset) {
		return false
	}
	for _, a := range n.Attrs() {
		kind, known := s.attribute(a.Name)
		switch {
		case !known && a.Name == memoryHint:
		case !known:
			ok = found("attribute "+a.Name, "it has an attribute %q, which %s does not have in opset %d", a.Name, n.OpType, opset)
		case a.Ref == "" && a.Kind != kindOf(kind[0]):
			ok = found("kind "+a.Name, "its attribute %q is of the wrong kind", a.Name)
		}
		if !ok {
			return false
		}
	}
	for _, word := range words(s.attrs) {
		name, rest, _ := strings.Cut(word, ":")
		if strings.HasSuffix(rest, "!") && n.Attr(name) == nil && !found("absent "+name, "its attribute %q is absent", name) {
			return false
		}
	}
	return true
}

// moreOutputs reports whether a node has outputs that its operator does not.
func (s schema) moreOutputs(n *graph.Node) bool {
	most := 0
	for i, word := range words(s.outputs) {
		if strings.HasSuffix(word, "*") {
			return false
		}
		most = i + 1
	}
	for i := most; i < n.NumOutputs(); i++ {
		if n.Output(i) != nil {
			return true
		}
	}
	return false
}
