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
// makes an inner value the output, or puts a Resize before an input, say. Any other pass that does so fails. An output without a type
// gets the one that follows from the model.
//
// The model is compared with the one before where the two meet. A value that takes the place of an input has it as its
// [graph.Value.Origin], which [graph.ReplaceAllUses] sees to; and so has an input that takes the place of a result. A new input has a
// name that no input had before.
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

// taken are the lines of a signature that are about inputs.
func taken(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, "input ") })
}

func declared(kind string, v *graph.Value) string {
	return strings.TrimSpace(fmt.Sprintf("%s %q %s", kind, v.Name(), v.Type()))
}

// changed says in a sentence each what became of a signature; none where it is the same.
func changed(was, is []string) []string {
	if slices.Equal(was, is) {
		return nil
	}
	list := append(missing(was, is, " is gone"), missing(is, was, " is new")...)
	if len(list) == 0 {
		list = append(list, "the order of inputs or outputs is another")
	}
	return list
}

// missing are the lines that others do not have, each with what that means.
func missing(lines, others []string, means string) []string {
	there := map[string]bool{}
	for _, line := range others {
		there[line] = true
	}
	var list []string
	for _, line := range lines {
		if !there[line] {
			list = append(list, line+means)
		}
	}
	return list
}

// declare gives outputs that have no type the one that follows from the model.
func declare(g *graph.Graph) {
	known := shapes.Of(g)
	for _, v := range g.Outputs() {
		if v.Type().Elem == tensor.Undefined {
			v.SetType(known.Type(v))
		}
	}
}
