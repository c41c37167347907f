// Package ortc is the only place that calls the binding to onnxruntime, and shields its callers from
// what a caller could get wrong: memory that the library keeps pointers to is pinned for as long as the library
// may use it, shapes and types are checked before they reach C, and the library is loaded once.
//
// Without cgo the package builds, and every call returns [ErrNoCgo].
package ortc

import (
	"errors"

	"github.com/acdeploy/acdeploy/tensor"
)

// ErrNoCgo is returned by every function of a program that was built without cgo.
var ErrNoCgo = errors.New("built without cgo")

// MinimumVersion is the oldest onnxruntime that has the C interface which the binding asks for.
const MinimumVersion = "1.24"

// Level is how far onnxruntime optimises the graph.
type Level int

// The levels of optimisation.
const (
	Disabled Level = iota
	Basic
	Extended
	All
)

// Options are the settings of an onnxruntime session.
type Options struct {
	Level          Level
	Threads        int // of one operator
	InterOpThreads int // operators at once; 0 or 1: one after the other
	Config         map[string]string
	Provider       string            // cuda or tensorrt; cpu or "" for the CPU alone
	ProviderConfig map[string]string // options of the provider, as the library writes them
	Profile        string            // prefix of the file that the session writes when it is closed; "" for none
	Optimized      string            // where the session writes the graph as it optimised it; "" for nowhere
}

// Interface is what a model takes and gives.
type Interface struct {
	Inputs, Outputs []tensor.Spec
}

// InputNames lists the inputs in order.
func (i Interface) InputNames() []string { return names(i.Inputs) }

// OutputNames lists the outputs in order.
func (i Interface) OutputNames() []string { return names(i.Outputs) }

func names(specs []tensor.Spec) []string {
	out := make([]string, len(specs))
	for i, s := range specs {
		out[i] = s.Name
	}
	return out
}

// Carries reports whether tensors of that type can go to and from the library.
func Carries(t tensor.Type) bool {
	switch t {
	case tensor.Complex64, tensor.Complex128:
		return false
	}
	return t.Known() && (t == tensor.String || t.Bits() >= 8) && t <= tensor.Float8E5M2FNUZ
}
