package shapes_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// seen is the sizes that Dims turned out to have: equal ones must have one size.
type seen map[shapes.Dim]int64

// compare runs a model and compares every value with what was inferred before. It returns how many
// values there are and of how many the rank, and the whole shape as numbers, were known.
func compare(t *testing.T, m *graph.Model, in tensor.Map) (values, ranked, static int) {
	t.Helper()
	s := shapes.Of(m.Graph)
	var all []*graph.Value
	for n := range m.Graph.Nodes() {
		for i := range n.NumOutputs() {
			if v := n.Output(i); v != nil {
				all = append(all, v)
				s.Shape(v)
			}
		}
	}
	for _, v := range all {
		if !v.IsOutput() {
			m.Graph.AddOutput(v)
		}
	}
	session, err := reference.OpenGraph(m)
	if err != nil {
		t.Skip(err)
	}
	out, err := session.Run(context.Background(), in)
	if err != nil {
		t.Skip(err)
	}
	sizes := seen{}
	for _, v := range all {
		got := out[v.Name()]
		if got == nil {
			continue
		}
		values++
		if elem := s.Elem(v); elem != tensor.Undefined && elem != got.Type() {
			t.Errorf("%s is %s, inferred %s", v.Name(), got.Type(), elem)
		}
		shape, ok := s.Shape(v)
		if ok {
			ranked++
			sizes.agree(t, v.Name(), shape, got.Shape())
		}
		if _, ok := s.Static(v); ok {
			static++
		}
		if ints, ok := s.Ints(v); ok {
			want, _ := got.Int64s()
			sizes.agree(t, "elements of "+v.Name(), ints, want)
		}
	}
	return values, ranked, static
}

func (s seen) agree(t *testing.T, name string, inferred []shapes.Dim, got []int64) {
	t.Helper()
	if len(inferred) != len(got) {
		t.Errorf("%s has shape %v, inferred %v", name, got, inferred)
		return
	}
	for i, d := range inferred {
		size, ok := d.Size()
		if !ok {
			size, ok = s[d]
			s[d] = got[i]
		}
		if ok && size != got[i] {
			t.Errorf("%s has shape %v, inferred %v", name, got, inferred)
		}
	}
}

// TestTrainedModels compares every value of the trained networks, whose batch is a symbol.
func TestTrainedModels(t *testing.T) {
	paths, err := filepath.Glob("../../../shared/models/*/*.onnx")
	if err != nil || len(paths) == 0 {
		t.Skipf("the trained models are not here: %v", err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := onnx.Decode(data, func(location string) ([]byte, error) {
				return os.ReadFile(filepath.Join(filepath.Dir(path), location))
			})
			if err != nil {
				t.Fatal(err)
			}
			values, ranked, _ := compare(t, m, inputs(m, map[string]int64{"N": 3}))
			if values == 0 || ranked != values {
				t.Errorf("of %d values the rank of %d is known", values, ranked)
			}
		})
	}
}

// inputs makes zeros as the graph declares them; symbols that are not listed are 2.
func inputs(m *graph.Model, symbols map[string]int64) tensor.Map {
	in := tensor.Map{}
	for _, v := range m.Graph.Inputs() {
		if v.IsInitializer() {
			continue
		}
		var shape []int64
		for _, d := range v.Type().Shape {
			size := d.Size
			if size < 0 {
				if size = symbols[d.Param]; size == 0 {
					size = 2
				}
			}
			shape = append(shape, size)
		}
		count, _ := tensor.Count(shape)
		t, err := tensor.New(v.Type().Elem, shape, make([]byte, v.Type().Elem.ByteSize(count)))
		if err != nil {
			panic(err)
		}
		in[v.Name()] = t
	}
	return in
}

// What is certain of a value is declared; a size that follows from another one by arithmetic stays open.
func TestType(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3), {Size: -1, Param: "H"}, tensor.Fixed(8)}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("MaxPool", x)
	n.SetAttr(graph.IntsAttr("kernel_shape", 3, 3))
	n.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(n)
	known := shapes.Of(m.Graph)
	if got := known.Type(x).String(); got != "float[N,3,H,8]" {
		t.Errorf("x is %s", got)
	}
	if got := known.Type(n.Output(0)).String(); got != "float[N,3,?,6]" {
		t.Errorf("y is %s", got)
	}
	other := graph.NewNode("Mystery", x)
	other.TakeOutput(m.Graph.NewValue("z"))
	m.Graph.Append(other)
	if got := known.Type(other.Output(0)); got.Ranked || got.Elem != tensor.Undefined {
		t.Errorf("z is %+v", got)
	}
}
