package passtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// first says, as the end of a sentence, which value of a model is the first that its rewritten clone holds other numbers
// for, and which number that is. It is empty where no value differs from end to end.
func first(before, after *graph.Model, in tensor.Map, origin func(*graph.Value) *graph.Value) string {
	was, is := evaluated(before, in), evaluated(after, in)
	if was == nil || is == nil {
		return ""
	}
	twins := twinsOf(before, after, origin)
	for n := range before.Graph.Nodes() {
		for i := range n.NumOutputs() {
			v := n.Output(i)
			twin := twins[v]
			if v == nil || twin == nil {
				continue
			}
			want, _, err := was.Value(v)
			if err != nil {
				continue
			}
			got, _, err := is.Value(twin)
			if err != nil {
				continue
			}
			if what := differs(want, got); what != "" {
				return fmt.Sprintf("; the first value that differs is %q of node %s: %s", v.Name(), n.Label(), what)
			}
		}
	}
	return ""
}

// twinsOf are the values of a rewritten clone by those that they come from, and its outputs by the outputs of the same names.
func twinsOf(before, after *graph.Model, origin func(*graph.Value) *graph.Value) map[*graph.Value]*graph.Value {
	twins := map[*graph.Value]*graph.Value{}
	for n := range after.Graph.Nodes() {
		for i := range n.NumOutputs() {
			if v := n.Output(i); v.Used() && origin(v) != nil {
				twins[origin(v)] = v
			}
		}
	}
	for _, was := range before.Graph.Outputs() {
		for _, is := range after.Graph.Outputs() {
			if was.Name() == is.Name() {
				twins[was] = is
			}
		}
	}
	return twins
}

// evaluated computes the values of the main graph, as far as they can be computed; nil where the graph cannot be opened.
func evaluated(m *graph.Model, in tensor.Map) *reference.Evaluation {
	session, err := reference.OpenPartly(m)
	if err != nil {
		return nil
	}
	e := session.Evaluate()
	for _, v := range m.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			_ = e.Set(v, t, v.Type().Elem) // what is missing then shows where it is read
		}
	}
	for n := range m.Graph.Nodes() {
		_ = e.Compute(context.Background(), n)
	}
	return e
}

// differs says which number of a tensor is another one, or what else is not the same; empty where nothing is.
func differs(want, got *tensor.Tensor) string {
	if want.Type() != got.Type() || !slices.Equal(want.Shape(), got.Shape()) {
		return fmt.Sprintf("it was %s[%s] and is %s[%s]", want.Type(), tensor.FormatShape(want.Shape()), got.Type(), tensor.FormatShape(got.Shape()))
	}
	if want.Type() == tensor.String {
		return ""
	}
	was, is := want.Float64s(), got.Float64s()
	var all tensor.Difference
	all.Add(was, is)
	for i := range was {
		var one tensor.Difference
		one.Add(was[i:i+1], is[i:i+1])
		if one.Unlike > 0 || one.MaxAbs > Tolerance*all.Scale {
			return fmt.Sprintf("at [%s] it was %v and is %v", place(i, want.Shape()), was[i], is[i])
		}
	}
	return ""
}

// place is the index of an element in a shape, by its number.
func place(i int, shape []int64) string {
	index := make([]int64, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		index[axis] = int64(i) % shape[axis]
		i /= int(shape[axis])
	}
	return tensor.FormatShape(index)
}
