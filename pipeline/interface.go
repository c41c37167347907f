package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// InterfaceChanger is a pass that may change what a model takes and gives, because that is what it is for: one that
// makes an inner value the output, say. Any other pass that does so fails. An output without a type gets the one that
// follows from the model.
type InterfaceChanger interface {
	Pass
	// ChangesInterface reports whether the pass may, with the options that it has.
	ChangesInterface() bool
}

// mayChangeInterface reports whether a pass says so.
func mayChangeInterface(p Pass) bool {
	c, ok := p.(InterfaceChanger)
	return ok && c.ChangesInterface()
}

// Signature is what a caller of a graph sees, a line for each input and output in order, such as `input "x" float[N,3]`.
// Inputs that are constants are not among them.
func Signature(g *graph.Graph) []string {
	var list []string
	for _, v := range g.Inputs() {
		if v.Constant() == nil {
			list = append(list, declared("input", v))
		}
	}
	for _, v := range g.Outputs() {
		list = append(list, declared("output", v))
	}
	return list
}

func declared(kind string, v *graph.Value) string {
	return strings.TrimSpace(fmt.Sprintf("%s %q %s", kind, v.Name(), v.Type))
}

// changed says in a sentence each what became of a signature; none where it is the same.
func changed(was, is []string) []string {
	var list []string
	for _, line := range was {
		if !slices.Contains(is, line) {
			list = append(list, line+" is gone")
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			list = append(list, line+" is new")
		}
	}
	if len(list) == 0 && !slices.Equal(was, is) {
		list = append(list, "the order of inputs or outputs is another")
	}
	return list
}

// declare gives outputs that have no type the one that follows from the model.
func declare(g *graph.Graph) {
	known := shapes.Of(g)
	for _, v := range g.Outputs() {
		if v.Type.Elem == tensor.Undefined {
			v.Type = known.Type(v)
		}
	}
}
