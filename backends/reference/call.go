package reference

import (
	"context"
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// operator computes the outputs of a node from its inputs. It may return fewer outputs than the node
// names only if those are absent.
type operator func(c *call) ([]*array, error)

// definition is an operator with what it accepts.
type definition struct {
	run      operator
	min, max int    // inputs; max is -1 for any number
	attrs    string // names, separated by spaces
}

// call is one node to compute.
type call struct {
	ctx   context.Context
	node  *graph.Node
	attrs []*graph.Attr // of the node, as they are in the call of a function
	opset int64
	in    []*array // nil where an input is absent
	outs  int      // number of outputs, trailing absent ones not counted
	limit int      // elements of one array
	frame *frame   // the run, for sub-graphs
	err   error    // the first attribute of the wrong kind
}

// input is the i-th input, nil when it is absent.
func (c *call) input(i int) *array {
	if i >= len(c.in) {
		return nil
	}
	return c.in[i]
}

// make returns zeros.
func (c *call) make(typ tensor.Type, shape ...int) (*array, error) {
	return newArray(typ, shape, c.limit)
}

// anyAttr is the attribute of that name, of any kind.
func (c *call) anyAttr(name string) *graph.Attr {
	for _, a := range c.attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func (c *call) attr(name string, kind graph.AttrKind) *graph.Attr {
	a := c.anyAttr(name)
	if a == nil {
		return nil
	}
	if a.Kind != kind {
		if c.err == nil {
			c.err = fmt.Errorf("attribute %s is of the wrong kind", name)
		}
		return nil
	}
	return a
}

func (c *call) has(name string) bool { return c.anyAttr(name) != nil }

func (c *call) int(name string, def int64) int64 {
	if a := c.attr(name, graph.AttrInt); a != nil {
		return a.Int
	}
	return def
}

// float is a float attribute; it and the default are float32, widened.
func (c *call) float(name string, def float32) float64 {
	if a := c.attr(name, graph.AttrFloat); a != nil {
		return float64(a.Float)
	}
	return float64(def)
}

func (c *call) str(name, def string) string {
	if a := c.attr(name, graph.AttrString); a != nil {
		return a.String
	}
	return def
}

// ints is a list of integers, nil when the attribute is absent.
func (c *call) ints(name string) []int64 {
	if a := c.attr(name, graph.AttrInts); a != nil {
		return a.Ints
	}
	return nil
}

// sizes is a list of integers that each count something: at least lowest, and small enough that sums
// and products of a few do not overflow. A list of another length than n is an error, an absent one
// is n times def.
func (c *call) sizes(name string, n int, lowest, def int64) ([]int, error) {
	list := c.ints(name)
	out := make([]int, n)
	for k := range out {
		out[k] = int(def)
	}
	if list == nil {
		return out, nil
	}
	if len(list) != n {
		return nil, fmt.Errorf("attribute %s has %d numbers, and needs %d", name, len(list), n)
	}
	for k, v := range list {
		if v < lowest || v > math.MaxInt32 {
			return nil, fmt.Errorf("attribute %s holds %d, which is out of range", name, v)
		}
		out[k] = int(v)
	}
	return out, nil
}

// list is a list of integers that newer operator sets take as an input and older ones as an
// attribute; false when there is neither.
func (c *call) list(input int, attr string) ([]int64, bool, error) {
	if a := c.input(input); a != nil {
		if a.kind() != integers || a.rank() > 1 {
			return nil, false, fmt.Errorf("input %d is %s%v, not a list of integers", input, a.typ, a.shape)
		}
		return a.i, true, nil
	}
	if attr != "" && c.has(attr) {
		return c.ints(attr), true, nil
	}
	return nil, false, nil
}

// scalar is an input of one floating-point element.
func (c *call) scalar(input int) (float64, error) {
	a := c.input(input)
	switch {
	case a == nil || a.len() != 1 || a.kind() == text:
		return 0, fmt.Errorf("input %d is not a single number", input)
	case a.kind() == floats:
		return a.f[0], nil
	}
	return float64(a.i[0]), nil
}

// one returns a single output.
func one(a *array, err error) ([]*array, error) {
	if err != nil {
		return nil, err
	}
	return []*array{a}, nil
}

// ofFloats restricts an operator to floating-point inputs.
func ofFloats(run operator) operator {
	return func(c *call) ([]*array, error) {
		for k, a := range c.in {
			if a != nil && a.kind() != floats {
				return nil, fmt.Errorf("input %d is %s, not floating-point", k, a.typ)
			}
		}
		return run(c)
	}
}
