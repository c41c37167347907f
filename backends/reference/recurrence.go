package reference

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// recurrence is a recurrent node, read and checked: its inputs, with the sequence as the first axis, and what
// becomes its last states.
type recurrence struct {
	typ                          tensor.Type
	steps, batch, inputs, hidden int
	batchFirst                   bool
	x                            *array
	h, c                         *array // directions × batch × hidden
	lengths                      []int  // of the sequences
	units                        []unit // one for each direction
}

// The inputs that may be absent, after the bias.
const (
	sequenceLens = 4
	initialH     = 5
	initialC     = 6
	peepholes    = 7
)

// recurrence reads the node; its weights have a block of hidden rows for each gate.
func (c *call) recurrence(gates int) (*recurrence, error) {
	for k, a := range c.in {
		if a != nil && (a.kind() == floats) == (k == sequenceLens) || a != nil && a.kind() == text {
			return nil, fmt.Errorf("input %d is %s, which its operator does not take", k, a.typ)
		}
	}
	x, r := c.in[0], c.in[2]
	if x.rank() != 3 || r.rank() != 3 {
		return nil, fmt.Errorf("input X of shape %v and R of shape %v need 3 axes", x.shape, r.shape)
	}
	n := &recurrence{typ: x.typ, x: x, batchFirst: c.int("layout", 0) != 0, hidden: r.shape[2]}
	if n.batchFirst {
		n.x = transposed(x, []int{1, 0, 2})
	}
	n.steps, n.batch, n.inputs = n.x.shape[0], n.x.shape[1], n.x.shape[2]
	if size := c.int("hidden_size", int64(n.hidden)); size != int64(n.hidden) {
		return nil, fmt.Errorf("hidden_size is %d, and R is of shape %v", size, r.shape)
	}
	backward, err := c.directions()
	if err != nil {
		return nil, err
	}
	if err := c.units(n, gates, backward); err != nil {
		return nil, err
	}
	if n.h, err = c.initial(initialH, n); err != nil {
		return nil, err
	}
	if n.c, err = c.initial(initialC, n); err != nil {
		return nil, err
	}
	n.lengths, err = c.lengths(n)
	return n, err
}

// directions says of each direction whether it is backward.
func (c *call) directions() ([]bool, error) {
	switch direction := c.str("direction", "forward"); direction {
	case "forward":
		return []bool{false}, nil
	case "reverse":
		return []bool{true}, nil
	case "bidirectional":
		return []bool{false, true}, nil
	default:
		return nil, fmt.Errorf("direction %q is not known", direction)
	}
}

// units cuts the parameters into the directions.
func (c *call) units(n *recurrence, gates int, backward []bool) error {
	count, rows := len(backward), gates*n.hidden
	read := func(input int, name string, shape ...int) ([]float64, error) {
		a := c.input(input)
		switch {
		case a == nil:
			size, err := countElements(shape, c.limit)
			return make([]float64, size), err
		case !slices.Equal(a.shape, shape):
			return nil, fmt.Errorf("%s is of shape %v, and needs %v", name, a.shape, shape)
		}
		return a.f, nil
	}
	w, err := read(1, "W", count, rows, n.inputs)
	if err != nil {
		return err
	}
	r, err := read(2, "R", count, rows, n.hidden)
	if err != nil {
		return err
	}
	b, err := read(3, "B", count, 2*rows)
	if err != nil {
		return err
	}
	peep, err := read(peepholes, "P", count, 3*n.hidden)
	if err != nil {
		return err
	}
	act, err := c.activations(count)
	if err != nil {
		return err
	}
	clip := math.Inf(1)
	if c.has("clip") {
		clip = c.float("clip", 0)
	}
	part := func(all []float64, k, of int) []float64 { return all[len(all)/of*k : len(all)/of*(k+1)] }
	for k := range backward {
		n.units = append(n.units, unit{
			backward: backward[k], size: n.hidden, clip: clip, act: act[k],
			w: part(w, k, count), r: part(r, k, count), peep: part(peep, k, count),
			wb: part(b, 2*k, 2*count), rb: part(b, 2*k+1, 2*count),
			flag: c.int("input_forget", 0) != 0 || c.int("linear_before_reset", 0) != 0,
		})
	}
	return nil
}

// initial is a copy of a state before the first step, zeros when the input is absent.
func (c *call) initial(input int, n *recurrence) (*array, error) {
	y, err := c.make(n.typ, len(n.units), n.batch, n.hidden)
	a := c.input(input)
	if err != nil || a == nil {
		return y, err
	}
	if n.batchFirst && a.rank() == 3 {
		a = transposed(a, []int{1, 0, 2})
	}
	if !slices.Equal(a.shape, y.shape) {
		return nil, fmt.Errorf("the initial state is of shape %v, and needs %v", c.input(input).shape, y.shape)
	}
	copy(y.f, a.f)
	return y, nil
}

// lengths is how long each sequence of the batch is: as long as the axis when the input is absent.
func (c *call) lengths(n *recurrence) ([]int, error) {
	a := c.input(sequenceLens)
	if a == nil {
		return slices.Repeat([]int{n.steps}, n.batch), nil
	}
	if a.rank() != 1 || a.len() != n.batch {
		return nil, fmt.Errorf("sequence_lens is of shape %v, and the batch is %d", a.shape, n.batch)
	}
	out := make([]int, n.batch)
	for k, length := range a.i {
		if length < 0 || length > int64(n.steps) {
			return nil, fmt.Errorf("sequence_lens holds %d, and the sequences have %d steps", length, n.steps)
		}
		out[k] = int(length)
	}
	return out, nil
}

// activations are the functions of the cell in each direction. The lists of alpha and beta have an entry for each
// function that takes one, in their order.
func (c *call) activations(directions int) ([][]func(float64) float64, error) {
	defaults := map[string][]string{
		"RNN": {"Tanh"}, "GRU": {"Sigmoid", "Tanh"}, "LSTM": {"Sigmoid", "Tanh", "Tanh"},
	}[c.node.OpType]
	names := slices.Repeat(defaults, directions)
	if a := c.attr("activations", graph.AttrStrings); a != nil {
		names = a.Strings
	}
	if len(names) != len(defaults)*directions {
		return nil, fmt.Errorf("activations has %d names, and needs %d", len(names), len(defaults)*directions)
	}
	alpha, beta := c.floats("activation_alpha"), c.floats("activation_beta")
	out := make([][]func(float64) float64, directions)
	for k, name := range names {
		f, known := cellActivations()[strings.ToLower(name)]
		if !known {
			return nil, fmt.Errorf("activation %q is not known", name)
		}
		a, okA := f.alpha.take(&alpha)
		b, okB := f.beta.take(&beta)
		if !okA || !okB {
			return nil, fmt.Errorf("activation %q needs an entry of activation_alpha and of activation_beta", name)
		}
		out[k/len(defaults)] = append(out[k/len(defaults)], func(v float64) float64 { return f.of(v, a, b) })
	}
	return out, nil
}

// floats is a list of float attributes, nil when it is absent.
func (c *call) floats(name string) []float32 {
	if a := c.attr(name, graph.AttrFloats); a != nil {
		return a.Floats
	}
	return nil
}

// setting is a number that a function takes: its default, empty where there is none, nil for a function without the
// setting.
type setting []float32

// take removes the setting from the front of a list, and is the default where the list has ended.
func (s setting) take(list *[]float32) (v float64, ok bool) {
	switch {
	case s == nil:
		return 0, true
	case len(*list) > 0:
		v, *list = float64((*list)[0]), (*list)[1:]
		return v, true
	case len(s) > 0:
		return float64(s[0]), true
	}
	return 0, false
}

// cellActivation is a function that a cell may use.
type cellActivation struct {
	of          func(v, alpha, beta float64) float64
	alpha, beta setting
}

func cellActivations() map[string]cellActivation {
	plain := func(f func(float64) float64) cellActivation {
		return cellActivation{of: func(v, _, _ float64) float64 { return f(v) }}
	}
	return map[string]cellActivation{
		"relu": plain(relu), "tanh": plain(math.Tanh), "sigmoid": plain(sigmoid), "softsign": plain(softsign), "softplus": plain(softplus),
		"affine":          {func(v, a, b float64) float64 { return a*v + b }, setting{}, setting{}},
		"leakyrelu":       {leaky, setting{0.01}, nil},
		"thresholdedrelu": {thresholded, setting{1}, nil},
		"scaledtanh":      {func(v, a, b float64) float64 { return a * math.Tanh(b*v) }, setting{}, setting{}},
		"hardsigmoid":     {hardSigmoid, setting{0.2}, setting{0.5}},
		"elu":             {elu, setting{1}, nil},
	}
}
