package passtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Inputs makes inputs of the given shapes, in the order of the model's inputs. Floating-point numbers are normally
// distributed, integers are small, truth values are a toss. An input without a shape has the declared one, if that
// is fixed. Inputs with a default keep it.
func Inputs(m *graph.Model, shapes [][]int64, seed uint64) tensor.Map {
	r := rand.New(rand.NewPCG(seed, 77))
	in := tensor.Map{}
	i := 0
	for _, v := range m.Graph.Inputs() {
		if v.IsInitializer() {
			continue
		}
		shape, ok := fixed(v.Type())
		if i < len(shapes) {
			shape, ok = shapes[i], true
		}
		if ok {
			in[v.Name()] = random(r, v.Type().Elem, shape)
		}
		i++
	}
	return in
}

// random is a tensor that an input of that type takes.
func random(r *rand.Rand, elem tensor.Type, shape []int64) *tensor.Tensor {
	n, _ := tensor.Count(shape)
	switch elem {
	case tensor.Bool:
		data := make([]bool, n)
		for i := range data {
			data[i] = r.IntN(2) == 1
		}
		return tensor.Of(shape, data...)
	case tensor.Int64:
		data := make([]int64, n)
		for i := range data {
			data[i] = r.Int64N(3)
		}
		return tensor.Of(shape, data...)
	case tensor.Int32:
		data := make([]int32, n)
		for i := range data {
			data[i] = r.Int32N(3)
		}
		return tensor.Of(shape, data...)
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = r.NormFloat64()
	}
	return tensor.Of(shape, data...)
}

// fixed is the declared shape of a tensor in which no size is open.
func fixed(t graph.Type) (shape []int64, ok bool) {
	if !t.Ranked {
		return nil, false
	}
	for _, d := range t.Shape {
		if d.Size < 0 {
			return nil, false
		}
		shape = append(shape, d.Size)
	}
	return shape, true
}

// sizes says which inputs there are, as one line.
func sizes(in tensor.Map) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		list = append(list, fmt.Sprintf("%s[%s]", name, tensor.FormatShape(in[name].Shape())))
	}
	return strings.Join(list, " ")
}

// overrides are other numbers for the initializers that a caller may replace: for those of floating-point types,
// and for all of them.
func overrides(m *graph.Model) (floats, all tensor.Map) {
	floats, all = tensor.Map{}, tensor.Map{}
	for v := range m.Graph.Initializers() {
		if !v.Overridable() || v.Data() == nil {
			continue
		}
		t := v.Data()
		switch {
		case t.Type().IsFloat():
			data := t.Float64s()
			for i := range data {
				data[i] = float64(data[i]*1.25) + 0.0625 // a positive number, such as a variance, stays one
			}
			floats[v.Name()] = tensor.Of(t.Shape(), data...)
			all[v.Name()] = floats[v.Name()]
		case t.Type() == tensor.Int64:
			data, _ := t.Int64s()
			next := make([]int64, len(data))
			for i := range data {
				next[i] = data[i] + 1
			}
			all[v.Name()] = tensor.Of(t.Shape(), next...)
		}
	}
	return floats, all
}
