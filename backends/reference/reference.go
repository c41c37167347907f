// Package reference runs ONNX graphs in plain Go, in float64: slow, exact, always there.
//
// It is the oracle of this program. Values of every floating-point type are kept as float64 from the
// inputs to the outputs, whatever type the model declares; a Cast between floating-point types only
// changes the declared type. So a result carries no rounding but that of double arithmetic, and two
// graphs that are the same function give the same numbers to about 1e-14. Integers are exact and wrap
// as their type does; uint64 beyond the range of int64 is refused.
//
// [OpenGraph] runs a graph in memory and reads changed initializers unrounded; [Session.RunFloat64]
// gives the results unrounded too, [Session.Run] rounds them once. Sums are taken in an order that
// depends on the shapes only, never on the number of processors.
//
// Operators are computed as for inference. An operator, an attribute or an element type that is not
// known is an error that names the node, found when the graph is opened where that is possible. The
// functions of a model are run as they are called.
package reference

import (
	"context"

	"github.com/acdeploy/acdeploy/backends"
)

// maxElements is the default bound of the elements of one value: 1 GiB of float64.
const maxElements = 1 << 27

// Reference is the backend with its options.
type Reference struct {
	MaxElements int `yaml:"max_elements" doc:"the largest value of a run, in elements, at least 1; larger ones are an error"`
}

var _ backends.Backend = (*Reference)(nil)

// New returns the backend with its defaults.
func New() *Reference { return &Reference{MaxElements: maxElements} }

// Check is always nil: the backend needs nothing.
func (*Reference) Check(context.Context) error { return nil }

// Describe names the backend for the record.
func (*Reference) Describe() backends.Description { return backends.Description{Name: "reference"} }
