package eval_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/eval"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// example is one node over constants, with as many results as it says, 1 where that is 0.
type example struct {
	opset   int64
	op      string
	in      []*tensor.Tensor // nil for an absent one
	attrs   []*graph.Attr
	outputs int
}

// build makes a graph of the example, whose results are the graph's.
func (x example) build() (*graph.Model, *graph.Node) {
	m := graph.NewModel(8, graph.Opset{Version: x.opset})
	n := graph.NewNode(x.op)
	for _, t := range x.in {
		if t == nil {
			n.AddInput(nil)
			continue
		}
		n.AddInput(m.Graph.NewInitializer("in", t))
	}
	for _, a := range x.attrs {
		n.SetAttr(a)
	}
	for range max(x.outputs, 1) {
		v := m.Graph.NewValue("out")
		if err := n.AddOutput(v); err != nil {
			panic(err)
		}
		m.Graph.AddOutput(v)
	}
	m.Graph.Append(n)
	return m, n
}

func evaluator(m *graph.Model) *eval.Evaluator {
	return &eval.Evaluator{Known: shapes.Of(m.Graph), MaxBytes: 1 << 16, Steps: 1 << 16}
}

// agree computes every result of every example, and compares with the reference, which reads the node by
// itself.
func agree(t *testing.T, examples map[string]example) {
	t.Helper()
	for name, x := range examples {
		t.Run(name, func(t *testing.T) {
			m, n := x.build()
			session, err := reference.OpenGraph(m)
			if err != nil {
				t.Fatal(err)
			}
			want, err := session.RunFloat64(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n.NumOutputs() {
				got, _, ok := evaluator(m).Result(n, i)
				if !ok {
					t.Fatalf("result %d is not computed", i)
				}
				compare(t, got, want[n.Output(i).Name()])
			}
		})
	}
}

// compare allows float64 its rounding.
func compare(t *testing.T, got, want *tensor.Tensor) {
	t.Helper()
	if !slices.Equal(got.Shape(), want.Shape()) || got.Type().IsFloat() != want.Type().IsFloat() || !got.Type().IsFloat() && got.Type() != want.Type() {
		t.Fatalf("got %s%v, want %s%v", got.Type(), got.Shape(), want.Type(), want.Shape())
	}
	x, y := got.Float64s(), want.Float64s()
	for i := range x {
		if !(math.Abs(x[i]-y[i]) <= 1e-13*(1+math.Abs(y[i]))) {
			t.Fatalf("element %d is %v, want %v", i, x[i], y[i])
		}
	}
}

// left fails where a result of an example is computed.
func left(t *testing.T, examples map[string]example) {
	t.Helper()
	for name, x := range examples {
		t.Run(name, func(t *testing.T) {
			m, n := x.build()
			for i := range n.NumOutputs() {
				if got, _, ok := evaluator(m).Result(n, i); ok {
					t.Errorf("result %d is %v", i, got.Float64s())
				}
			}
		})
	}
}

// numbers is a tensor of that shape without two equal numbers.
func numbers(shape ...int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]float32, count)
	for i := range list {
		list[i] = float32(i*i%23)/4 - 2 + float32(i)/64
	}
	return tensor.Of(shape, list...)
}

func ints(v ...int64) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }

func int32s(v ...int32) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }

func bools(v ...bool) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }

func floats(v ...float32) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }

func scalar(v float32) *tensor.Tensor { return tensor.Of(nil, v) }

func integer(v int64) *tensor.Tensor { return tensor.Of(nil, v) }

func of(t ...*tensor.Tensor) []*tensor.Tensor { return t }

func with(attrs ...*graph.Attr) []*graph.Attr { return attrs }

func to(t tensor.Type) []*graph.Attr { return with(graph.IntAttr("to", int64(t))) }

func TestResult(t *testing.T) {
	agree(t, map[string]example{
		"Shape":            {13, "Shape", of(numbers(2, 3, 4)), nil, 0},
		"Shape from, to":   {15, "Shape", of(numbers(2, 3, 4)), with(graph.IntAttr("start", -2), graph.IntAttr("end", -1)), 0},
		"Size":             {13, "Size", of(numbers(2, 3, 4)), nil, 0},
		"Cast to double":   {13, "Cast", of(numbers(2, 3)), to(tensor.Float64), 0},
		"Cast to integers": {13, "Cast", of(floats(1, -2, 3)), to(tensor.Int32), 0},
		"Cast of integers": {13, "Cast", of(ints(1, -2, 3)), to(tensor.Float32), 0},
		"Cast to bool":     {13, "Cast", of(ints(0, -2)), to(tensor.Bool), 0},
		"CastLike":         {15, "CastLike", of(ints(1, -2, 3), scalar(0)), nil, 0},
	})
	left(t, map[string]example{
		"a cast that rounds":      {13, "Cast", of(floats(1.0 / 3)), to(tensor.Float16), 0},
		"a cast that overflows":   {13, "Cast", of(ints(1 << 40)), to(tensor.Int32), 0},
		"a cast past 2⁵³":         {13, "Cast", of(ints(1<<53 + 1)), to(tensor.Float32), 0},
		"a cast to nothing":       {13, "Cast", of(ints(1)), with(graph.IntAttr("to", 99)), 0},
		"an operator of nobody":   {13, "Frobnicate", of(ints(1)), nil, 0},
		"a schema that is broken": {13, "Cast", of(ints(1)), nil, 0},
		"nothing":                 {13, "Shape", nil, nil, 0},
	})
}

// TestSizes: of an image whose sizes are known, a list of them is constant although the image is not.
func TestSizes(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2), {Size: -1, Param: "H"}}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Shape", x)
	shape := m.Graph.NewValue("shape")
	first := graph.NewNode("Gather", shape, m.Graph.NewInitializer("i", ints(0)))
	if err := n.AddOutput(shape); err != nil {
		t.Fatal(err)
	}
	if err := first.AddOutput(m.Graph.NewValue("first")); err != nil {
		t.Fatal(err)
	}
	m.Graph.Append(n)
	m.Graph.Append(first)
	e := evaluator(m)
	if _, _, ok := e.Result(n, 0); ok {
		t.Error("a size that is not known is constant")
	}
	got, from, ok := e.Result(first, 0)
	if !ok || from != 0 || got.Type() != tensor.Int64 || !slices.Equal(got.Shape(), []int64{1}) || got.Float64s()[0] != 2 {
		t.Errorf("got %v of %d bytes", got, from)
	}
}

// TestBudget: a result that is larger than its inputs has a bound, and so has the work of all together.
func TestBudget(t *testing.T) {
	m, n := example{13, "Expand", of(scalar(1), ints(100)), nil, 0}.build()
	e := &eval.Evaluator{Known: shapes.Of(m.Graph), MaxBytes: 399, Steps: 1000}
	if _, _, ok := e.Result(n, 0); ok {
		t.Error("400 bytes are more than 399")
	}
	e.MaxBytes = 400
	if _, from, ok := e.Result(n, 0); !ok || from != 12 || e.Steps != 900 {
		t.Errorf("made from %d bytes, %d steps are left", from, e.Steps)
	}
	e.Steps = 99
	if _, _, ok := e.Result(n, 0); ok {
		t.Error("100 steps are more than 99")
	}
	same := numbers(100)
	m, n = example{13, "Add", of(same, same), nil, 0}.build()
	e = &eval.Evaluator{Known: shapes.Of(m.Graph), Steps: 1000}
	if _, from, ok := e.Result(n, 0); !ok || from != 400 && from != 800 {
		t.Errorf("a result of the size of its inputs is not computed, of %d bytes", from)
	}
}
