package external

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// sameInputs says what a caller of two models would notice of the inputs: other names, another order, other types, another number of axes,
// or other sizes.
func sameInputs(was, is *graph.Model) error {
	return sameSpecs("input", onnx.Specs(was.Graph.Inputs()), onnx.Specs(is.Graph.Inputs()), false)
}

// sameOutputs does so for the outputs. A size that only the second declares is no difference.
func sameOutputs(was, is *graph.Model) error {
	return sameSpecs("output", onnx.Specs(was.Graph.Outputs()), onnx.Specs(is.Graph.Outputs()), true)
}

func sameSpecs(kind string, was, is []tensor.Spec, finer bool) error {
	if !slices.Equal(specNames(was), specNames(is)) {
		return fmt.Errorf("the %ss were %q, and are %q", kind, specNames(was), specNames(is))
	}
	for i := range was {
		if !fits(was[i], is[i], finer) {
			return fmt.Errorf("%s %q was %s, and is %s", kind, was[i].Name, was[i], is[i])
		}
	}
	return nil
}

func specNames(specs []tensor.Spec) []string {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	return names
}

func fits(was, is tensor.Spec, finer bool) bool {
	switch {
	case was.Type != is.Type:
		return false
	case !was.Ranked:
		return finer || !is.Ranked
	case !is.Ranked:
		return false
	case len(was.Shape) != len(is.Shape):
		return false
	}
	for i, d := range was.Shape {
		if now := is.Shape[i]; d.Size != now.Size && !(finer && d.Size < 0) {
			return false
		}
	}
	return true
}

// keepDeclarations gives inputs and outputs that are the same the types that they were declared with, names of open sizes included.
func keepDeclarations(was, is *graph.Model) {
	types := map[string]graph.Type{}
	for _, v := range append(was.Graph.Outputs(), was.Graph.Inputs()...) {
		types[v.Name()] = v.Type()
	}
	for _, v := range append(is.Graph.Outputs(), is.Graph.Inputs()...) {
		if declared, ok := types[v.Name()]; ok && !v.IsInitializer() {
			v.SetType(declared)
		}
	}
}
