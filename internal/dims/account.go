// Package dims says what every open dimension of a model's inputs is, and gives it a size: the one account that verifying, measuring
// and running share, so that what is run is what its label says.
//
// An open dimension is the batch, or it is something else, such as a height or a number of boxes. The batch is 1 where nobody says more.
// No other size is ever guessed.
package dims

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Account says of every dimension of a model's inputs what it is.
type Account struct {
	model  string // how messages call it
	inputs []tensor.Spec
	leads  []bool // of each input: its first dimension is the batch
	symbol string // of the batch; "" for a batch that is known by its place alone
}

// Read looks at the names of the dimensions, at their places in all inputs, and at the outputs.
//
// A first dimension with a name such as "batch" is the batch. Without such a name, the batch is the first dimension that all outputs, and
// all inputs whose first dimension is open, have in common.
func Read(model string, inputs, outputs []tensor.Spec) Account {
	if model == "" {
		model = "the model"
	}
	a := Account{model: model, inputs: inputs, leads: make([]bool, len(inputs))}
	firsts := openFirsts(inputs)
	symbol, found := hinted(firsts)
	if !found {
		symbol, found = shared(firsts, inputs, outputs)
	}
	if !found {
		return a
	}
	for i, spec := range inputs {
		if d, open := openFirst(spec); open {
			name := nameOf(spec, d)
			a.leads[i] = name == symbol || name == ""
		}
	}
	a.symbol = symbol
	return a
}

// first is an open first dimension.
type first struct{ name string }

func openFirst(spec tensor.Spec) (tensor.Dim, bool) {
	if !spec.Ranked || len(spec.Shape) == 0 {
		return tensor.Dim{}, false
	}
	return spec.Shape[0], spec.Shape[0].Size < 0
}

func openFirsts(specs []tensor.Spec) []first {
	var list []first
	for _, spec := range specs {
		if d, open := openFirst(spec); open {
			list = append(list, first{nameOf(spec, d)})
		}
	}
	return list
}

// hinted finds a first dimension whose name says that it is the batch. The plainest name wins: beside "batch", "N" is a count.
func hinted(firsts []first) (symbol string, found bool) {
	for _, says := range []func(string) bool{saysBatch, isBatchLetter} {
		for _, f := range firsts {
			if says(f.name) {
				return f.name, true
			}
		}
	}
	return "", false
}

// shared finds the first dimension that all inputs and outputs have in common.
func shared(firsts []first, inputs, outputs []tensor.Spec) (symbol string, found bool) {
	if len(firsts) == 0 {
		return "", false
	}
	for _, f := range firsts {
		switch {
		case saysOther(f.name):
			return "", false
		case f.name == "" || f.name == symbol:
		case symbol == "":
			symbol = f.name
		default:
			return "", false // two names
		}
	}
	for _, out := range outputs {
		if !mayShare(out, symbol, inputs) {
			return "", false
		}
	}
	return symbol, true
}

// mayShare reports whether an output's first dimension can be that of the inputs. One without a name, or with one that no input
// has, says nothing against it: exporters name the outputs of a node after it.
func mayShare(out tensor.Spec, symbol string, inputs []tensor.Spec) bool {
	if !out.Ranked {
		return true
	}
	d, open := openFirst(out)
	if !open {
		return false
	}
	name := nameOf(out, d)
	return name == "" || name == symbol || !slices.ContainsFunc(inputs, func(in tensor.Spec) bool { return named(in, name) })
}

func named(spec tensor.Spec, name string) bool {
	return slices.ContainsFunc(spec.Shape, func(d tensor.Dim) bool { return d.Size < 0 && d.Param == name })
}

// isBatch reports whether a dimension has the size of the batch: where it leads an input, and wherever else its name stands.
func (a Account) isBatch(input, axis int) bool {
	d := a.inputs[input].Shape[axis]
	if d.Size >= 0 {
		return false
	}
	if axis == 0 && a.leads[input] {
		return true
	}
	return a.symbol != "" && nameOf(a.inputs[input], d) == a.symbol
}

// HasBatch reports whether the model leaves its batch open.
func (a Account) HasBatch() bool { return slices.Contains(a.leads, true) }

// LeadsAll reports whether the first dimension of every input is the batch, or fixed: an array of samples can then be parted into runs.
// Inputs that are one number do not matter.
func (a Account) LeadsAll() bool {
	var fixed []int64
	for i, spec := range a.inputs {
		switch d, open := openFirst(spec); {
		case !spec.Ranked || len(spec.Shape) == 0:
		case open && !a.leads[i]:
			return false
		case !open && a.HasBatch() && d.Size > 1:
			return false // such as a state of two layers beside a batch
		case !open:
			fixed = append(fixed, d.Size)
		}
	}
	return len(slices.Compact(fixed)) < 2
}

// Rows is how many samples a run has for inputs of these shapes, 0 for a model whose inputs have no batch.
func (a Account) Rows(shapes map[string][]int64) int {
	for i, spec := range a.inputs {
		if shape := shapes[spec.Name]; a.leads[i] && len(shape) > 0 {
			return int(shape[0])
		}
	}
	return 0
}

// Place is the name of a dimension by input and axis, by which every dimension can be called: "mask.1".
func Place(input string, axis int) string { return fmt.Sprintf("%s.%d", input, axis) }
